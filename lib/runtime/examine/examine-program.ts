import type { Finding } from '../../cli/commands/doctor.ts'
import { listProcesses, readMemory } from '../../process/process-table.ts'

/** The program, what runs it, and whether a child can be measured here. */
export async function* examineProgram(version: string): AsyncGenerator<Finding> {
  const { versions, platform, arch, pid } = process
  yield {
    name: 'program',
    status: 'ok',
    message: `runledger ${version} on Node ${versions.node}, ${platform} ${arch}`,
  }
  const own = (await listProcesses()).find((one) => one.pid === pid)
  const canMeasure = own !== undefined && (own.rssBytes !== null || readMemory(pid) !== null)
  yield canMeasure
    ? {
        name: 'metering',
        status: 'ok',
        message: 'exec can measure memory and CPU of a command and all it starts',
      }
    : {
        name: 'metering',
        status: 'warn',
        message:
          'other processes cannot be seen: exec records no memory and CPU, and may miss what a command left behind',
        advice: platform === 'linux' ? 'mount /proc, without hidepid' : undefined,
      }
}
