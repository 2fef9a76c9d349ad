import { createCronApp } from '../cron/cron-face.ts'
import { functionOptions } from '../runtime/open-functions.ts'

/** What the platform's cron calls, as functions of their own. */
export default createCronApp(functionOptions())
