/** Where each page is: every link of the dashboard is made here. */
export const paths = {
  home: '/admin',
  signIn: '/admin/sign-in',
  signOut: '/admin/sign-out',
  liveRoute: '/admin/live',
  live: (page: string) => `/admin/live?page=${encodeURIComponent(page)}`,

  alerts: (query: Query = {}) => withQuery('/admin/alerts', query),
  webhookAction: (id: string, action: string) => `/admin/alerts/webhooks/${id}/${action}`,

  runs: (query: RunsAddress = {}) => withQuery('/admin/runs', query),
  runsBulk: (query: Query = {}) => withQuery('/admin/runs/bulk', query),
  run: (id: string, query: Query = {}) => withQuery(`/admin/runs/${id}`, query),
  runLog: (id: string, query: Query = {}) => withQuery(`/admin/runs/${id}/log`, query),
  runLogLines: (id: string, query: Query = {}) => withQuery(`/admin/runs/${id}/log/lines`, query),
  runLogFile: (id: string, query: Query = {}) => withQuery(`/admin/runs/${id}/log/file`, query),
  runOutputs: (id: string) => `/admin/runs/${id}/outputs`,
  runOutput: (id: string, path: string) =>
    `/admin/runs/${id}/outputs/${path.split('/').map(encodeURIComponent).join('/')}`,
  runAction: (id: string, action: string) => `/admin/runs/${id}/${action}`,

  cron: (query: Query = {}) => withQuery('/admin/cron', query),
  newCronJob: '/admin/cron/new',
  cronJob: (id: string, query: Query = {}) => withQuery(`/admin/cron/${part(id)}`, query),
  cronAction: (id: string, action: string) => `/admin/cron/${part(id)}/${action}`,
  cronExecution: (jobId: string, id: string) => `/admin/cron/${part(jobId)}/executions/${part(id)}`,
  cronSettings: '/admin/cron/settings',
  cronReload: '/admin/cron/reload',
  cronSeed: '/admin/cron/seed',

  storage: '/admin/storage',
  storageSample: '/admin/storage/sample',
  policies: (query: Query = {}) => withQuery('/admin/storage/policies', query),
  policiesSimulated: '/admin/storage/policies/simulated',
  sweeps: (query: Query = {}) => withQuery('/admin/storage/sweeps', query),
  sweep: (id: string) => `/admin/storage/sweeps/${id}`,
  sweepAction: (id: string, action: string) => `/admin/storage/sweeps/${id}/${action}`,

  holds: (query: Query = {}) => withQuery('/admin/storage/holds', query),
  holdRelease: '/admin/storage/holds/release',
  deletedRuns: (query: Query = {}) => withQuery('/admin/storage/deleted', query),
  deletedRestore: '/admin/storage/deleted/restore',
  orphans: (query: Query = {}) => withQuery('/admin/storage/orphans', query),
  backups: '/admin/storage/backups',

  audit: (query: Query = {}) => withQuery('/admin/audit', query),
  auditVerify: '/admin/audit/verify',
  auditExport: (query: Query = {}) => withQuery('/admin/audit/export', query),
  keys: (query: Query = {}) => withQuery('/admin/keys', query),
  keyAction: (id: string, action: string) => `/admin/keys/${id}/${action}`,
} as const

/** A part of a path, whatever stands in it; `{id}` stays, as the addresses of pages are made here too. */
function part(text: string): string {
  return /^\{\w+\}$/.test(text) ? text : encodeURIComponent(text)
}

/** The parts of the dashboard, as its navigation has them. */
export type Section = 'overview' | 'runs' | 'cron' | 'storage' | 'audit' | 'keys'

/** What the list of runs is asked for by its address. */
export type RunsAddress = Partial<Record<RunsField, string | undefined>>
type RunsField =
  | 'range'
  | 'from'
  | 'to'
  | 'state'
  | 'kind'
  | 'project'
  | 'storage'
  | 'label'
  | 'q'
  | 'cursor'
  | 'seen'

export type Query = Record<string, string | number | undefined>

/** A path with what is asked of it; what is undefined or empty is left out. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return path
  return `${path}?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`
}
