// Loaded with `--import`: the most memory that the process has had, in kB, goes to a file at its end.
import { writeFileSync } from 'node:fs'

process.on('exit', () => writeFileSync(process.env.MEMORY_FILE, String(process.resourceUsage().maxRSS)))
