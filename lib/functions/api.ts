import { createApp } from '../app.ts'
import { functionOptions } from '../runtime/open-functions.ts'

/** Every face, as one function. */
export default createApp(functionOptions())
