/** A script of a team that does not exist, as its runs look. */
export interface DemoScript {
  kind: string
  projectId: string | null
  worker: string
  /** Runs an hour, on average. */
  perHour: number
  /** How long it takes: the middle, and how far it strays from it. */
  seconds: { middle: number; spread: number }
  memoryMb: number
  /** Of a hundred. */
  failures: number
  errors: string[]
  lines: (n: number) => string[]
  outputs?: (n: number) => { path: string; contentType: string; text: string }[]
}

const GREEN = '\u001b[32m'
const YELLOW = '\u001b[33m'
const RED = '\u001b[31m'
const DIM = '\u001b[2m'
const END = '\u001b[0m'

const csv = (head: string, rows: number, row: (n: number) => string) =>
  `${[head, ...Array.from({ length: rows }, (_, n) => row(n))].join('\n')}\n`

export const DEMO_SCRIPTS: DemoScript[] = [
  {
    kind: 'scrape.prices',
    projectId: 'shop',
    worker: 'scraper-2',
    perHour: 3,
    seconds: { middle: 95, spread: 0.4 },
    memoryMb: 210,
    failures: 9,
    errors: [
      'TimeoutError: page.goto: Timeout 30000ms exceeded waiting for https://supplier.example/catalog?page=14',
      'HTTP 429 from supplier.example: too many requests',
    ],
    lines: (n) => [
      `${DIM}catalog${END} 14 pages, 25 products each`,
      ...Array.from({ length: 14 }, (_, page) => `page ${page + 1}/14  ${GREEN}ok${END}  25 products`),
      `${YELLOW}warn${END} 3 products without a price, kept as they were`,
      `${GREEN}done${END} ${350 - (n % 7)} prices, ${12 + (n % 9)} changed`,
    ],
    outputs: (n) => [
      {
        path: 'prices.csv',
        contentType: 'text/csv',
        text: csv(
          'sku,price,currency',
          350,
          (row) => `SKU-${1000 + row},${(5 + ((row * 7 + n) % 900) / 10).toFixed(2)},EUR`,
        ),
      },
      {
        path: 'summary.json',
        contentType: 'application/json',
        text: `${JSON.stringify({ products: 350, changed: 12 + (n % 9), withoutPrice: 3 }, null, 2)}\n`,
      },
    ],
  },
  {
    kind: 'crm.sync',
    projectId: null,
    worker: 'worker-1',
    perHour: 4,
    seconds: { middle: 22, spread: 0.3 },
    memoryMb: 96,
    failures: 3,
    errors: ['Error: contact 88412 has no owner: the CRM refused it (422)'],
    lines: (n) => [
      `since 15 minutes ago: ${40 + (n % 60)} contacts`,
      `upserted ${40 + (n % 60)}, ${GREEN}0 conflicts${END}`,
    ],
  },
  {
    kind: 'etl.orders',
    projectId: 'shop',
    worker: 'worker-2',
    perHour: 2,
    seconds: { middle: 260, spread: 0.25 },
    memoryMb: 640,
    failures: 5,
    errors: [
      'psycopg.errors.DeadlockDetected: deadlock detected\nDETAIL: Process 2204 waits for ShareLock on transaction 99172; blocked by process 2209.\nCONTEXT: while updating tuple (1204,7) in relation "orders_daily"',
      'MemoryError: cannot allocate 1.2 GiB for an array with shape (160000000,)',
    ],
    lines: (n) => [
      'extract  orders, order_lines, refunds',
      ...Array.from(
        { length: 12 },
        (_, part) => `  part ${part + 1}/12  ${(18_000 + part * 131 + n).toLocaleString('en')} rows`,
      ),
      'transform  currency, tax, margin',
      `load  orders_daily  ${GREEN}216,480 rows${END}`,
    ],
    outputs: (n) => [
      {
        path: 'report/orders.csv',
        contentType: 'text/csv',
        text: csv(
          'day,orders,revenue',
          30,
          (row) => `2026-11-${row + 1},${900 + ((row * 31 + n) % 120)},${(41_000 + row * 99).toFixed(2)}`,
        ),
      },
    ],
  },
  {
    kind: 'nightly.backup',
    projectId: null,
    worker: 'backup-1',
    perHour: 0.12,
    seconds: { middle: 1_450, spread: 0.15 },
    memoryMb: 130,
    failures: 12,
    errors: [
      'pg_dump: error: connection to server at "db-replica" failed: FATAL: the database system is starting up',
    ],
    lines: () => [
      'dumping app_production (41 tables)',
      ...Array.from({ length: 41 }, (_, table) => `  table ${table + 1}/41  ${GREEN}ok${END}`),
      'compressing 8.4 GB -> 1.9 GB',
      `uploaded to s3://backups/app_production.dump ${GREEN}sha256 matches${END}`,
    ],
    outputs: () => [
      {
        path: 'backup.manifest',
        contentType: 'text/plain',
        text: 'app_production.dump 1902834112 sha256:3f5a…\n',
      },
    ],
  },
  {
    kind: 'ml.retrain',
    projectId: 'lab',
    worker: 'gpu-1',
    perHour: 0.2,
    seconds: { middle: 2_700, spread: 0.2 },
    memoryMb: 6_100,
    failures: 20,
    errors: [
      `RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.69 GiB total capacity; 20.11 GiB already allocated)`,
    ],
    lines: (n) =>
      Array.from({ length: 20 }, (_, epoch) =>
        `epoch ${epoch + 1}/20  loss ${(2.1 / (epoch + 1.5)).toFixed(4)}  ${epoch % 5 === 4 ? `${GREEN}checkpoint${END}` : `lr ${(0.001 * 0.9 ** epoch).toFixed(6)}`} ${n % 3 === 0 && epoch === 11 ? `${RED}nan in batch 113, skipped${END}` : ''}`.trim(),
      ),
    outputs: (n) => [
      {
        path: 'metrics.json',
        contentType: 'application/json',
        text: `${JSON.stringify({ accuracy: 0.91 + (n % 5) / 100, epochs: 20 })}\n`,
      },
    ],
  },
]
