import type { Define } from './define.ts'
import { examples } from './options.ts'

/** `runledger verify` */
export const defineVerify: Define = (command, outside, end) => {
  command
    .argument('<file>', 'an archive, such as 20260106_143052_01KE….tar.gz')
    .option('--json', 'print JSON, and nothing else')
    .addHelpText('after', HELP)
    .action(async (file: string, { json = false }) => {
      const { verifyCommand } = await import('../commands/verify.ts')
      end(await verifyCommand(file, { terminal: outside.terminal, json }))
    })
}

const HELP = `
Every file in the archive is compared with the SHA-256 in its manifest. Nothing is unpacked, and no server is asked. Ends
with 0 where the archive is whole, with 4 where it is not. Without this program, once it is unpacked:
  cd 2026* && jq -r '.entries[] | .sha256 + "  " + .path' MANIFEST.json | sha256sum -c
${examples('$ runledger verify 20260106_143052_01KE4Q5RAX8T3N7W9Z2C6B1D0F.tar.gz', '$ runledger verify --json archive.tar.xz | jq .sha256')}`
