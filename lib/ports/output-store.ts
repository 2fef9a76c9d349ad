/** What the database knows of the files that runs produced. The bytes are in the object store. */
export interface OutputStore {
  /**
   * Notes that a file is about to be uploaded, where its run is still at that fence with a lease held (or called lost, and not
   * taken since). Noted again with the same path and fence while not committed, the later one counts, and its `createdAt` is
   * later. Null where the lease is lost; the committed row where the path is taken by this attempt. With `createdAt`, null
   * where there is no reservation of that time (any more): a later announcement stays as it is.
   */
  reserve(output: NewOutput & Partial<Pick<Output, 'createdAt'>>): Promise<Output | null>

  /** One file of one attempt; null where there is none. */
  get(runId: string, fence: number, path: string): Promise<Output | null>

  /**
   * Records the file as there, where the lease is as in `reserve`; adds its size and one to the run's `outputBytes` and
   * `outputCount`, in one statement. The row, or null where the lease is lost. Committed again it changes nothing. With
   * `createdAt`, null where it was reserved anew since: the object that was looked at may be gone. Null, too, while it is
   * being swept.
   */
  commit(
    output: Pick<Output, 'runId' | 'fence' | 'path'> & Partial<Pick<Output, 'createdAt'>>,
    found: { bytes: number; sha256: string | null; etag: string | null },
  ): Promise<Output | null>

  /**
   * The committed files of a run, in order of path, each once: of a path that several attempts produced, the last one's.
   * After `afterPath`, `limit` at most.
   */
  list(runId: string, options: { afterPath?: string | undefined; limit: number }): Promise<Output[]>

  /** The last attempt's committed file of this path; null where there is none. */
  find(runId: string, path: string): Promise<Output | null>

  /**
   * Reserved and never committed since `olderThanSeconds`, of any run, to be swept: by `createdAt`, run, path and fence, those
   * after `after`. What is being swept comes first.
   */
  abandoned(options: { olderThanSeconds: number; limit: number; after?: OutputPosition }): Promise<Output[]>

  /**
   * From here on a reservation is being swept: its `createdAt` is `BEING_SWEPT`, and it stays, uncommitted, until it is forgotten
   * or reserved anew. The row; null where it was committed, forgotten, or reserved anew since `createdAt`.
   */
  startSweep(output: Pick<Output, 'runId' | 'fence' | 'path' | 'createdAt'>): Promise<Output | null>

  /** Forgets reservations; with `createdAt`, where they were not reserved anew since. */
  forget(
    outputs: (Pick<Output, 'runId' | 'fence' | 'path'> & Partial<Pick<Output, 'createdAt'>>)[],
  ): Promise<void>
}

/** The `createdAt` of what is being swept: older than anything that was announced. */
export const BEING_SWEPT = '1970-01-01T00:00:00.000Z'

/** Where a page of reservations ended. */
export type OutputPosition = Pick<Output, 'createdAt' | 'runId' | 'path' | 'fence'>

export interface Output {
  runId: string
  fence: number
  /** As the user wrote it, in NFC: `reports/2026/a.csv`. */
  path: string
  bytes: number
  /** In hex; null where nobody has computed it. */
  sha256: string | null
  contentType: string
  objectKey: string
  /** Of a multipart upload in progress. */
  uploadId: string | null
  etag: string | null
  createdAt: string
  committedAt: string | null
}

export type NewOutput = Pick<
  Output,
  'runId' | 'fence' | 'path' | 'bytes' | 'sha256' | 'contentType' | 'objectKey' | 'uploadId'
>
