// What the command line writes into files, for the tests that compare it with what may leave.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installationOn } from '#test/demo-template'
import { EXPORT_COMMANDS } from '../../src/commands/export.ts'

export const EXPORTS = ['people', 'incidents', 'targets'] as const

/** The files of the three exports of a database. */
export async function exported(adminUrl: string): Promise<Record<(typeof EXPORTS)[number], string>> {
  const folder = mkdtempSync(join(tmpdir(), 'dauntless-exports-'))
  const installation = await installationOn(adminUrl, folder)
  try {
    const files = { people: '', incidents: '', targets: '' }
    for (const what of EXPORTS) {
      const context = {
        installation: () => Promise.resolve(installation),
        folder,
        say: () => {},
        path: (typed: string) => join(folder, typed),
      }
      const command = EXPORT_COMMANDS.find(({ name }) => name === 'export')
      await command?.run(context, { out: `${what}.csv`, reason: 'for this test alone' }, [what])
      files[what] = readFileSync(join(folder, `${what}.csv`), 'utf8')
    }
    return files
  } finally {
    await installation.close()
    rmSync(folder, { recursive: true })
  }
}
