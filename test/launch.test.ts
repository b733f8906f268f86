// The launcher in a small repository of its own, whose one package lies beside it, so that nothing is fetched.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !holds(); await delay(50))
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`)
}

describe('the launcher', () => {
  let root: string
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'launch-'))
    for (const folder of ['scripts', 'src', 'dep']) mkdirSync(join(root, folder))
    cpSync('scripts/launch.mjs', join(root, 'scripts/launch.mjs'))
    writeFileSync(
      join(root, 'package.json'),
      '{"private":true,"type":"module","dependencies":{"dep":"file:./dep-1.0.0.tgz"}}',
    )
    writeFileSync(join(root, 'dep/package.json'), '{"name":"dep","version":"1.0.0","main":"index.js"}')
    writeFileSync(join(root, 'dep/index.js'), "module.exports = 'whole'\n")
    // prints what the package says, or with a file's name stays and writes its own number there
    writeFileSync(
      join(root, 'src/cli.ts'),
      `import { writeFileSync } from 'node:fs'
       import dep from 'dep'
       const [file] = process.argv.slice(2)
       console.log(dep)
       if (file) { writeFileSync(file, String(process.pid)); setInterval(() => {}, 1000) }`,
    )
    for (const args of [
      ['pack', './dep'],
      ['install', '--package-lock-only', '--no-audit', '--no-fund'],
    ])
      execFileSync('npm', args, { cwd: root, stdio: 'ignore' })
  })
  after(() => rmSync(root, { recursive: true, force: true }))

  async function launch(): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [join(root, 'scripts/launch.mjs'), 'cli'], { cwd: root })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    return { code, out, err }
  }

  it('installs once when two start at the same time, and not again', async () => {
    const both = await Promise.all([launch(), launch()])
    for (const { code, out, err } of both) {
      assert.equal(code, 0, err)
      assert.equal(out, 'whole\n')
    }
    assert.equal(both.filter(({ err }) => err.includes('packages installed')).length, 1)
    assert.equal(both.filter(({ err }) => err.includes('another process is installing')).length, 1)
    assert.deepEqual(await launch(), { code: 0, out: 'whole\n', err: '' })
    assert.equal(existsSync(join(root, '.runtime/installing')), false)
  })

  it('installs again what was lost or cut short', async () => {
    const file = join(root, 'node_modules/dep/index.js')
    const damages = [
      () => rmSync(file),
      () => writeFileSync(file, ''),
      () => rmSync(join(root, 'node_modules'), { recursive: true }),
      () => rmSync(join(root, 'node_modules/.dauntless-stamp')),
      () => appendFileSync(join(root, 'package-lock.json'), ' '),
    ]
    for (const damage of damages) {
      damage()
      const { code, out, err } = await launch()
      assert.equal(code, 0, err)
      assert.equal(out, 'whole\n', damage.toString())
      assert.match(err, /packages installed/, damage.toString())
    }
  })

  it('takes away the lock of a process that was killed', async () => {
    const lock = join(root, '.runtime/installing')
    mkdirSync(lock, { recursive: true })
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(gone, 'exit')
    writeFileSync(join(lock, 'pid'), String(gone.pid))
    rmSync(join(root, 'node_modules/.dauntless-stamp'))
    const { code, err } = await launch()
    assert.equal(code, 0, err)
    assert.match(err, /packages installed/)
  })

  it('ends what it runs when npm above it is killed, though a shell stands between them', async () => {
    const file = join(root, 'pid')
    const line = `sh -c '"${process.execPath}" "${join(root, 'scripts/launch.mjs')}" cli "${file}"; true'; true`
    const npm = spawn('sh', ['-c', line], { cwd: root, stdio: 'ignore', env: { ...process.env, npm_execpath: 'npm' } })
    await until('it runs', () => existsSync(file) && readFileSync(file, 'utf8') !== '')
    const pid = Number(readFileSync(file, 'utf8'))
    npm.kill('SIGKILL')
    const isAlive = (): boolean => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    await until('it has ended', () => !isAlive())
  })
})
