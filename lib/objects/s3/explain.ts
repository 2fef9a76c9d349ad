import type { ErrorCode } from '../../run/errors.ts'

/** Our code for S3's, and what it means for whoever set the store up: the rest of `the store (…) `. */
export function explain(reason: string, status: number): [code: ErrorCode, sentence: string] {
  const known = KNOWN[reason]
  if (known) return known
  if (status === 0) return ['unavailable', `cannot be reached (${reason}); check S3_ENDPOINT and the network`]
  if (status === 401 || status === 403) return ['unavailable', `refuses us (${reason}); ${KEY_ADVICE}`]
  if (status === 400) return ['invalid', `calls this invalid (${reason})`]
  return ['unavailable', `answered ${status} (${reason})`]
}

const KEY_ADVICE =
  'check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, and that this key may list, read, write and delete in the bucket'
const REGION_ADVICE = 'has the bucket in another region; correct S3_REGION or S3_ENDPOINT'
const CHECKSUM_ADVICE = 'does not understand how we send bytes; set S3_CHECKSUMS=required'

const KNOWN: Record<string, [ErrorCode, string]> = {
  NoSuchKey: ['not_found', 'has no such object'],
  NoSuchUpload: ['not_found', 'has no such upload; it has been completed or aborted'],
  NoSuchBucket: ['unavailable', 'has no such bucket; make it, or correct S3_BUCKET'],
  PreconditionFailed: ['conflict', 'has another object there than was asked for'],
  ConditionalRequestConflict: ['unavailable', 'is busy with other requests for the same object'],
  InvalidRange: ['invalid', 'has no bytes in that range'],
  InvalidPart: ['invalid', 'does not have the parts as they were given'],
  InvalidPartOrder: ['invalid', 'was given parts that are not in the order of their numbers'],
  EntityTooSmall: ['invalid', 'refuses a part that is too small and not the last'],
  EntityTooLarge: ['too_large', 'takes no object as large as this'],
  KeyTooLongError: ['invalid', 'takes keys of 1,024 bytes at most'],
  // We have checked the bytes ourselves, so these were changed on their way.
  BadDigest: ['unavailable', 'received other bytes than were sent'],
  XAmzContentSHA256Mismatch: ['unavailable', 'received other bytes than were sent'],
  IncompleteBody: ['unavailable', 'received fewer bytes than were sent'],
  RequestTimeout: ['unavailable', 'did not receive the bytes in time'],
  RequestTimeTooSkewed: ['unavailable', 'has a clock that is far from ours; set the clock of this machine'],
  AuthorizationHeaderMalformed: ['unavailable', REGION_ADVICE],
  IllegalLocationConstraintException: ['unavailable', REGION_ADVICE],
  PermanentRedirect: ['unavailable', REGION_ADVICE],
  MissingContentLength: ['unavailable', CHECKSUM_ADVICE],
  MissingContentMD5: ['unavailable', CHECKSUM_ADVICE],
}
