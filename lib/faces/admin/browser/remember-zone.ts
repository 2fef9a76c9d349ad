/** Tells the server the reader's time zone, which counts from the next page on. */
export function rememberZone(): void {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone === document.documentElement.dataset.zone) return
  // biome-ignore lint/suspicious/noDocumentCookie: the other way is not in every browser
  document.cookie = `runledger_zone=${encodeURIComponent(zone)}; path=/admin; max-age=31536000; samesite=lax`
}
