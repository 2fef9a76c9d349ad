/** As the port has it: without the quotes that some answers of S3 have around it and others have not. */
export function fromEtag(etag: string | undefined): string | null {
  return etag?.replace(/^"(.*)"$/, '$1') || null
}

/** As S3 wants it. */
export function toEtag(etag: string): string {
  return `"${etag}"`
}
