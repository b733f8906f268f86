import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { NARROW, openSite, seriousOn, type Site } from './site.ts'

const ANALYST = 'wei'
const HEAD =
  'SYNTHETIC,crime_ref,reported_dttm,ho_offence_code,da_flag,victim_surname,victim_dob,relationship_to_suspect,suspect_surname\n'
const row = (ref: string, reported = '2026-01-05 10:00', dob = '1990-01-01') =>
  `SYNTHETIC,${ref},${reported},8N,Y,Invented,${dob},partner,Madeup\n`

let site: Site
let folder: string
before(async () => {
  site = await openSite()
  folder = mkdtempSync(join(tmpdir(), 'dauntless-sent-'))
})
after(async () => {
  await site.close()
  rmSync(folder, { recursive: true })
})

const heading = (page: Page): Promise<string> => page.locator('h1').innerText()
const main = async (page: Page): Promise<string> => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
const waiting = (): string[] => {
  const path = join(site.product.installation.folder, 'uploads')
  return existsSync(path) ? readdirSync(path).filter((name) => !name.startsWith('row-')) : []
}

/** Chooses files and sends them. */
async function send(page: Page, files: Record<string, string>, profile = 'rms'): Promise<void> {
  const paths = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  })
  await page.goto('/imports/upload')
  await page.locator(`input[name="profile"][value="${profile}"]`).check()
  await page.locator('input[type="file"]').setInputFiles(paths)
  await press(page, 'Send and check')
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name }).click()
  await loaded
}

/** The form as a browser would post it, by hand, so that the connection can be cut or the form sent twice. */
async function byHand(page: Page): Promise<{ csrf: string; cookie: string }> {
  await page.goto('/imports/upload')
  const csrf = (await page.locator('form[action="/imports/upload"] input[name="csrf"]').getAttribute('value')) ?? ''
  const cookies = await page.context().cookies()
  return { csrf, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
}

async function records(like: string): Promise<number> {
  const { rows } = await site.product.admin.query<{ n: number }>(
    'select count(*)::int as n from incidents.incident where ref like $1',
    [like],
  )
  return rows[0]?.n ?? 0
}

describe('sending files', () => {
  it('goes from the files to corrected rows without JavaScript, on a narrow screen', async () => {
    const page = await site.enter(ANALYST, { javaScriptEnabled: false, viewport: NARROW })
    await page.goto('/imports/upload')
    await press(page, 'Send and check')
    assert.match(await main(page), /Choose where the files come from\. Choose at least one file\./)

    await send(page, { 'real.csv': (HEAD + row('REAL-1')).replaceAll('SYNTHETIC,', '') })
    assert.match(await main(page), /real\.csv is not taken in: this is a demonstration[^]*a column SYNTHETIC/)
    assert.deepEqual(waiting(), [])

    const rows = [...Array(8).keys()].map((n) => row(`E2E-${n}`))
    rows[3] = row('E2E-3', '31/02/2026')
    rows[5] = row('E2E-5', undefined, '1990-13-01')
    await send(page, { 'extract.csv': HEAD + rows.join('') })
    assert.equal(await heading(page), 'Check before taking in')
    assert.match(
      await main(page),
      /extract\.csv: the column "reported_dt" is missing; it may have been renamed to "reported_dttm"/,
    )
    assert.match(await main(page), /There is no record to take in/)

    await page.locator('select[name="column.rows.reportedAt"]').selectOption('reported_dttm')
    await press(page, 'Read again with these columns')
    assert.match(await main(page), /7 records in the files, 7 of them domestic\. 2 problems: /)
    assert.equal(await records('E2E-%'), 0)
    await press(page, 'Take in 7 records')
    assert.match(await heading(page), /^Import of/)
    assert.match(await main(page), /2 problems, 0 corrected/)
    assert.equal(await records('E2E-%'), 7)
    assert.deepEqual(waiting(), [])

    const report = page.url()
    await page.getByRole('link', { name: /^Correct line 5 of extract\.csv/ }).click()
    await page.locator('#cell-2').fill('yesterday')
    await press(page, 'Save and take in')
    assert.match(await page.locator('.govuk-error-summary').innerText(), /"yesterday" is not a date/)
    assert.equal(await page.locator('#cell-2').inputValue(), 'yesterday')
    await page.locator('#cell-2').fill('2026-02-28 10:00')
    await press(page, 'Save and take in')
    assert.match(await main(page), /The row is saved/)
    await page.goto(report)
    assert.match(await main(page), /2 problems, 1 corrected/)
    assert.equal(await records('E2E-%'), 8)

    await send(page, { 'again.csv': HEAD + rows.join('') })
    await page.locator('select[name="column.rows.reportedAt"]').selectOption('reported_dttm')
    await press(page, 'Read again with these columns')
    await press(page, 'Take in (nothing is new)')
    assert.equal(await records('E2E-%'), 8)
  })

  it('shows every one of these pages without a serious fault of accessibility', async () => {
    const page = await site.enter(ANALYST)
    await page.goto('/imports/upload')
    assert.deepEqual(await seriousOn(page), [])
    await send(page, { 'axe.csv': HEAD.replace('dttm', 'dt') + row('AXE-1') + row('AXE-2', 'never') })
    assert.deepEqual(await seriousOn(page), [])
    await press(page, /^Take in/)
    assert.deepEqual(await seriousOn(page), [])
    await page.getByRole('link', { name: /^Correct line 3/ }).click()
    assert.deepEqual(await seriousOn(page), [])
  })

  it('says of each file that cannot be read what it is, and takes nothing in', async () => {
    const page = await site.enter(ANALYST)
    for (const [name, text, said] of [
      ['book.xlsx', 'PK\u0003\u0004', /book\.xlsx: this is a zip file or an Excel workbook/],
      ['export', 'a,SYNTHETIC\n1,2\n', /export: the column "crime_ref" is missing/],
      ['cut.csv', HEAD.replace('dttm', 'dt') + row('CUT-1') + row('CUT-2').slice(0, -4), /cut\.csv: the last row/],
      ['empty.csv', '', /empty\.csv: the file is empty/],
    ] as const) {
      await send(page, { [name]: text })
      assert.match(await main(page), said)
      assert.equal(await page.getByRole('button', { name: /^Take in/ }).count(), 0)
      await press(page, 'Remove these files')
    }
    assert.equal(await records('CUT-%'), 0)
    assert.deepEqual(waiting(), [])
  })

  it('keeps nothing of an upload whose connection was lost, or whose form is not ours', async () => {
    const page = await site.enter(ANALYST)
    const { csrf, cookie } = await byHand(page)
    const { port, host } = new URL(site.url)
    const field = (name: string, value: string) =>
      `--cut\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const file = '--cut\r\nContent-Disposition: form-data; name="files"; filename="lost.csv"\r\n\r\n'
    const socket = net.connect(Number(port), '127.0.0.1')
    socket.write(
      `POST /imports/upload HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${site.url}\r\nCookie: ${cookie}\r\n` +
        'Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 9000000\r\n\r\n',
    )
    socket.write(field('csrf', csrf) + field('profile', 'rms') + file + HEAD + row('LOST-1').repeat(20_000))
    for (let tries = 0; waiting().length === 0 && tries < 100; tries++) await delay(20)
    assert.equal(waiting().length, 1)
    socket.destroy()
    for (let tries = 0; waiting().length > 0 && tries < 100; tries++) await delay(20)
    assert.deepEqual(waiting(), [])

    const form = new FormData()
    for (const [name, value] of [['csrf', 'guessed'], ['profile', 'rms']] as const) form.set(name, value) // prettier-ignore
    form.set('files', new Blob([HEAD]), 'forged.csv')
    const forged = await fetch(`${site.url}/imports/upload`, { method: 'POST', body: form, headers: { cookie } })
    assert.equal(forged.status, 403)
    assert.deepEqual(waiting(), [])
  })

  it('takes an upload in once, however often the form is sent', async () => {
    const page = await site.enter(ANALYST)
    await send(page, { 'once.csv': HEAD.replace('dttm', 'dt') + row('ONCE-1') })
    const url = `${page.url()}/take-in`
    const { csrf, cookie } = await byHand(page)
    const headers = { cookie, origin: site.url }
    const posts = [1, 2, 3].map(() =>
      fetch(url, { method: 'POST', body: new URLSearchParams({ csrf }), headers, redirect: 'manual' }),
    )
    assert.deepEqual(
      (await Promise.all(posts)).map(({ status }) => status),
      [303, 303, 303],
    )
    assert.equal(await records('ONCE-%'), 1)
    const { rows } = await site.product.admin.query<{ n: number }>(
      `select count(*)::int as n from incidents.batch b join incidents.batch_file f on f.batch_id = b.id where f.name = 'once.csv'`,
    )
    assert.equal(rows[0]?.n, 1)
  })

  it('removes what a killed server left behind, and what nobody has taken in for a month', async () => {
    const page = await site.enter(ANALYST)
    const root = join(site.product.installation.folder, 'uploads')
    mkdirSync(join(root, 'left-behind'), { recursive: true })
    mkdirSync(join(root, 'being-sent'))
    const long = new Date(Date.now() - 40 * 86_400_000)
    utimesSync(join(root, 'left-behind'), long, long)
    await send(page, { 'old.csv': HEAD })
    const old = page.url().split('/').at(-1) ?? ''
    await site.product.admin.query(
      `update incidents.upload set created_at = now() - interval '31 days' where id = $1`,
      [old],
    )
    utimesSync(join(root, old), long, long)
    await send(page, { 'new.csv': HEAD })
    const fresh = page.url().split('/').at(-1) ?? ''
    assert.deepEqual(waiting().toSorted(), ['being-sent', fresh].toSorted())
    await page.goto(`/imports/uploads/${old}`)
    assert.equal(await heading(page), 'These files were removed')
  })
})
