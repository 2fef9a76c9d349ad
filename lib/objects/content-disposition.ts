/** The header that has a file saved by this name (RFC 6266): in plain ASCII for old clients, then as it is. */
export function contentDisposition(filename: string): string {
  const name = filename.toWellFormed().replaceAll(/\p{Cc}/gu, '_')
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
