/** What a tick asks first, so that one with nothing to do costs next to nothing. */
export interface WorkStore {
  /** What there may be to do now. Where it is not known, it is `true`: whose turn it is looks for itself. */
  outstanding(when: OutstandingWhen): Promise<Outstanding>
}

export interface OutstandingWhen {
  /** Since when an upload must have been announced to be given up. */
  uploadSeconds: number
  /** How often uploads are looked for that nobody announced. */
  straysEverySeconds: number
  /** How often it is looked whether sweeps are made. */
  watchEverySeconds: number
  /** How long the holder of a lost run is waited for before its log is made one object. */
  lostWaitSeconds: number
}

export interface Outstanding {
  /** Runs that nobody holds any more. */
  lost: boolean
  /** Ended runs that the statistics do not have yet. */
  stats: boolean
  /** Uploads that never came. */
  outputs: boolean
  /** Logs of ended runs that are still in pieces. */
  logs: boolean
  /** Something was begun with the files of runs, or to delete runs, and left, or the last archive sweep was stopped by its time. */
  storage: boolean
  /** It is time to look whether sweeps are made. */
  sweeps: boolean
}
