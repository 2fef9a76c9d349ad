/** Which bucket, and how to speak with the server that has it. */
export interface S3Options {
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** Of any compatible server; AWS's own where there is none. Buckets are then named in the path. */
  endpoint?: string | undefined
  /** `required`: send no checksum of the newer kinds (Ceph up to 18 and many others), but Content-MD5. */
  checksums?: 'supported' | 'required'
  /** How long one attempt may take until the answer begins, and a body may stand still; three attempts are made. */
  timeoutMs?: number
}
