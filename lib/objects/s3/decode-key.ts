/** A key as it stands in a list that was asked for with `encoding-type=url`; servers that do not know it give it plain. */
export function decodeKey(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key
}
