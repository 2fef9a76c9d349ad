/** The `Link` header of a page that goes by its number: the same request for the next page, and for the one before. */
export function pageLinks(url: string, { page, more }: { page: number; more: boolean }): string {
  const link = (rel: string, other: number) => `<${pageOf(url, other)}>; rel="${rel}"`
  return [...(more ? [link('next', page + 1)] : []), ...(page > 1 ? [link('prev', page - 1)] : [])].join(', ')
}

function pageOf(url: string, page: number): string {
  const { pathname, searchParams } = new URL(url)
  searchParams.set('page', String(page))
  return `${pathname}?${searchParams}`
}
