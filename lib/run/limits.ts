/** A `run.progress` event is written each time progress passes another multiple of this. */
export const PROGRESS_MILESTONE = 10

/** The error of a retryable failure by which a worker gives a run back; that costs no attempt. */
export const RELEASED = 'released'

/** Numbers of the contract (data and http pages), each in one place. */
export const LIMITS = {
  /** `input`, as JSON text in UTF-8. */
  inputBytes: 262_144,
  /** Arrays and objects in each other: what reads `input` calls itself for each. */
  inputDepth: 200,
  enqueueBatch: 1_000,
  reportBatch: 500,
  claimBatch: 100,
  claimKinds: 50,
  /** What one answer may hold: a platform's functions answer 4.5 MB at most, and JSON escapes add to what is counted. */
  answerBytes: 3_000_000,
  /** Kinds in the statistics, those of which most wait. */
  statsKinds: 1_000,
  /** Kinds that metrics tell apart, those known longest: each is some sixty series. */
  metricsKinds: 50,
  pageSize: 100,
  defaultPageSize: 50,
  /** Rows that a list by number of page goes past at most: each of them is read. */
  pageOffset: 10_000,
  leaseSeconds: { min: 10, max: 3_600, default: 60 },
  waitSeconds: 25,
  /** A heartbeat this soon after the last one writes nothing (rule 8: one row version every 2 s). */
  heartbeatWriteMs: 2_000,
  /** One chunk of a log, as sent. */
  logChunkBytes: 4_194_304,
  /** A whole log up to this size is kept as it is; a larger one is compressed. */
  logPlainBytes: 65_536,
  /** How long the holder of a lost run is waited for, who may still write to its log, before that is made one object. */
  logLostWaitSeconds: 600,
  /** How long a URL of an output is good for. */
  presignSeconds: 900,
  /** Parts of one output that are signed for at once. */
  presignedParts: 100,
  /** How long an output may be on its way before what there is of it is swept. */
  outputUploadSeconds: 86_400,
  /** Characters of the message that goes with a heartbeat's progress. */
  progressMessage: 500,
  maxAttempts: 100,
  timeoutSeconds: 2_592_000,
  /** How long a script may be allowed to run before it is stale. */
  staleAfterSeconds: { min: 60, max: 31_536_000 },
  /**
   * A run that was reported so long after its start comes out of a spool, and its end may be next: for so long after the report it is
   * not called stale.
   */
  reportedLate: { afterSeconds: 60, sparedSeconds: 3_600 },
  /** Runs that one statement of the stale sweep ends, and how long one sweep takes at most. */
  staleBatch: 1_000,
  /** Stale runs that are looked for at once. */
  staleSearch: 50_000,
  sweepMs: 240_000,
  /** What a part of an archive has at least, compressed. */
  archivePartBytes: 8_388_608,
  /** What a part of an archive is of at most, and once time is over: what compresses well would take its time else. */
  archivePartTarBytes: 1_073_741_824,
  archiveLatePartTarBytes: 67_108_864,
  /** An archive up to this size is read back in one go; a larger one by its parts, over several passes if need be. */
  archiveWholeBytes: 268_435_456,
  /** What is archived by the slow compressions in the time a function has. */
  archiveSlowBytes: { bz2: 1_073_741_824, xz: 268_435_456 },
  /** Runs that one pass archives, and bytes of archives that one pass reads again, at most. */
  archiveBatch: 500,
  verifyBytes: 10_737_418_240,
  /** Scripts in an overview. */
  overviewScripts: 1_000,
  /** A worker ends its run at `timeoutSeconds` itself; the sweep gives it this long to say so first. */
  timeoutGraceSeconds: 15,
} as const
