/** Where each page is: every link of the dashboard is made here. */
export const paths = {
  home: '/admin',
  signIn: '/admin/sign-in',
  signOut: '/admin/sign-out',
  live: (page: string) => `/admin/live?page=${encodeURIComponent(page)}`,

  runs: (query: Query = {}) => withQuery('/admin/runs', query),
  runsBulk: '/admin/runs/bulk',
  run: (id: string, query: Query = {}) => withQuery(`/admin/runs/${id}`, query),
  runLog: (id: string, query: Query = {}) => withQuery(`/admin/runs/${id}/log`, query),
  runAction: (id: string, action: string) => `/admin/runs/${id}/${action}`,

  cron: (query: Query = {}) => withQuery('/admin/cron', query),
  newCronJob: '/admin/cron/new',
  cronJob: (id: string, query: Query = {}) => withQuery(`/admin/cron/${id}`, query),
  cronAction: (id: string, action: string) => `/admin/cron/${id}/${action}`,

  storage: '/admin/storage',
  policies: (query: Query = {}) => withQuery('/admin/storage/policies', query),
  sweeps: (query: Query = {}) => withQuery('/admin/storage/sweeps', query),
  sweep: (id: string) => `/admin/storage/sweeps/${id}`,
  sweepAction: (id: string, action: string) => `/admin/storage/sweeps/${id}/${action}`,

  audit: (query: Query = {}) => withQuery('/admin/audit', query),
  keys: (query: Query = {}) => withQuery('/admin/keys', query),
  keyAction: (id: string, action: string) => `/admin/keys/${id}/${action}`,
} as const

/** The parts of the dashboard, as its navigation has them. */
export type Section = 'overview' | 'runs' | 'cron' | 'storage' | 'audit' | 'keys'

export type Query = Record<string, string | number | undefined>

/** A path with what is asked of it; what is undefined or empty is left out. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return path
  return `${path}?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
}
