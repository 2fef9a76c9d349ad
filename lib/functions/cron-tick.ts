import { createCronApp } from '../cron/cron-face.ts'
import { functionOptions } from '../runtime/open-functions.ts'

/** The tick, as a function of its own. */
export default createCronApp(functionOptions())
