import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { loadProfile } from './profile.ts'
import { readRecords } from './read.ts'
import { PUBLISHED, readAll, readText, withFiles } from './fixtures.ts'

const HEAD =
  'crime_ref,reported_dt,ho_offence_code,offence_title,da_flag,mo_text,victim_nominal_id,victim_sex,victim_dob,' +
  'relationship_to_suspect,suspect_nominal_id,suspect_surname,outcome_code,last_updated'
const ROWS = [
  '01/1/26,2026-01-05 10:00,8N,ABH,Y,"Pushed,\nthen hit",N1,F,1990-02-03,ex-partner,N2,O’Né,16,2026-01-06 09:00',
  '01/1/26,2026-01-05 10:00,8N,ABH,Y,,N3,M,2015-02-03,child,N2,O’Né,16,2026-01-06 09:00',
  '01/2/26,05/07/2026 10:00,58D,Criminal damage,N,£20 of glass,,,,,,,,2026-07-06 09:00',
]
const FILE = [HEAD, ...ROWS, ''].join('\n')

function swapped(text: string): Buffer {
  return Buffer.from(`\ufeff${text}`, 'utf16le').swap16()
}

function cp1252(text: string): Buffer {
  return Buffer.from(text.replaceAll('’', '\u0092'), 'latin1')
}

describe('reading an extract', () => {
  it('gives the same records whatever the encoding, the mark, the line breaks and the packing', async () => {
    const plain = await readText(FILE)
    assert.equal(plain.records.length, 2)
    assert.equal(plain.records[0]?.parties.find(({ role }) => role === 'suspect')?.surname, 'O’Né')
    assert.equal(plain.records[0]?.summary, 'Pushed,\nthen hit')
    const forms: Record<string, Buffer> = {
      'UTF-8 with a mark': Buffer.from(`\ufeff${FILE}`),
      'UTF-16 little end first': Buffer.from(`\ufeff${FILE}`, 'utf16le'),
      'UTF-16 big end first': swapped(FILE),
      'UTF-16 without a mark': Buffer.from(FILE, 'utf16le'),
      'Windows-1252': cp1252(FILE),
      gzip: gzipSync(FILE),
      'gzip of UTF-16': gzipSync(Buffer.from(`\ufeff${FILE}`, 'utf16le')),
      semicolons: Buffer.from(FILE.replaceAll(/,(?!\n)/g, ';')),
    }
    for (const [form, bytes] of Object.entries(forms)) {
      const read = await readText(bytes)
      assert.deepEqual(read.problems, [], form)
      assert.deepEqual(read.refusals, [], form)
      assert.deepEqual(
        read.records.map(({ hash, line }) => [hash, line]),
        plain.records.map(({ hash, line }) => [hash, line]),
        form,
      )
    }
    const windows = await readText([HEAD, ...ROWS, ''].join('\r\n'))
    assert.deepEqual(
      windows.records.map(({ hash }) => hash),
      plain.records.map(({ hash }) => hash),
    )
  })

  it('joins adjacent rows of one reference into one incident with its people and relations', async () => {
    const [first, second] = (await readText(FILE)).records
    assert.deepEqual(
      first?.parties.map(({ seq, role, nominal, relationship }) => [seq, role, nominal, relationship]),
      [
        [1, 'victim', 'N1', 'ex-partner'],
        [2, 'suspect', 'N2', undefined],
        [3, 'victim', 'N3', 'child'],
      ],
    )
    assert.deepEqual(first?.relations, [
      { victimSeq: 1, suspectSeq: 2, relationship: 'ex-partner' },
      { victimSeq: 3, suspectSeq: 2, relationship: 'child' },
    ])
    assert.deepEqual(
      first?.offences.map(({ seq, code, title, outcomeCode }) => [seq, code, title, outcomeCode]),
      [[1, '8N', 'ABH', '16']],
    )
    assert.equal(first?.reportedAt, '2026-01-05T10:00:00Z')
    assert.equal(second?.reportedAt, '2026-07-05T09:00:00Z')
    assert.deepEqual([first?.domestic, second?.domestic], [true, false])
  })

  it('goes by the names of columns, not their order', async () => {
    const plain = await readText(FILE)
    const cells = [HEAD.split(','), ...ROWS.slice(2).map((row) => row.split(','))]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...Array(14).keys()], { minLength: 14 }), async (order) => {
        const text = cells.map((row) => order.map((at) => row[at]).join(',')).join('\n') + '\n'
        const read = await readText(text)
        assert.deepEqual(
          read.records.map(({ hash }) => hash),
          [plain.records[1]?.hash],
        )
      }),
      { numRuns: 15 },
    )
  })

  it('reads a file cut anywhere right as far as whole lines go, or refuses all of it', async () => {
    const whole = (await readText(FILE)).records.map(({ hash }) => hash)
    const bytes = Buffer.from(FILE)
    const afterIncident = new Set(
      [0, 1, 3, 4].map((n) => Buffer.byteLength([HEAD, ...ROWS].slice(0, n).join('\n')) + 1),
    )
    const afterRow = new Set([...afterIncident, Buffer.byteLength([HEAD, ROWS[0]].join('\n')) + 1])
    for (let cut = Buffer.byteLength(HEAD) + 2; cut < bytes.length; cut++) {
      const read = await readText(bytes.subarray(0, cut))
      if (afterRow.has(cut)) {
        assert.equal(read.refusals.length, 0, `cut at ${cut}`)
        continue
      }
      // The last cell of every row here is a time of one length, so a row without its line break is still known whole.
      if (afterRow.has(cut + 1) && read.refusals.length === 0) continue
      assert.equal(read.records.length, 0, `cut at ${cut}`)
      assert.equal(read.refusals.length, 1, `cut at ${cut}`)
    }
    assert.equal(whole.length, 2)
  })

  it('refuses a gzip that is cut short', async () => {
    const zipped = gzipSync(FILE)
    const { records, refusals } = await readText(zipped.subarray(0, zipped.length - 9))
    assert.equal(records.length, 0)
    assert.match(refusals[0]?.reason ?? '', /cut short/)
  })

  it('refuses an empty file and one that mixes encodings', async () => {
    assert.match((await readText('')).refusals[0]?.reason ?? '', /empty/)
    const mixed = Buffer.concat([Buffer.from(FILE), cp1252('x,2026-01-01,8N,t,Y,caf\u00e9,,,,,,,,2026-01-06 09:00\n')])
    assert.match((await readText(mixed)).refusals[0]?.reason ?? '', /mixes/)
  })

  it('says what a file is that was sent by mistake', async () => {
    const mistakes: [string | Buffer, RegExp][] = [
      ['PK\u0003\u0004xl/workbook.xml', /Excel/],
      [Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2]), /Excel/],
      ['%PDF-1.7\n', /PDF/],
      [gzipSync(gzipSync(FILE)), /twice/],
      [Buffer.alloc(4000), /not a text file/],
    ]
    for (const [content, reason] of mistakes) {
      const { records, refusals } = await readText(content)
      assert.equal(records.length, 0)
      assert.match(refusals[0]?.reason ?? '', reason)
    }
  })

  it('refuses a file in which a lost quote swallows rows, and only a row when it harms no other', async () => {
    const rows = [...Array(9).keys()].map((n) => `r${n},2026-01-05 10:00,8N,"A, B",Y,,,,,,,,,`)
    const file = (change: (row: string) => string) =>
      [HEAD, ...rows.map((row, n) => (n === 3 ? change(row) : row)), ''].join('\n')
    const lost = await readText(file((row) => row.replace('"A, B"', '"A')))
    assert.equal(lost.records.length, 0)
    assert.match(lost.refusals[0]?.reason ?? '', /quote opened on line 5/)
    const stray = await readText(file((row) => row.replace('r3', '"r3')))
    assert.deepEqual([stray.records.length, stray.problems.map(({ line }) => line)], [8, [5]])
    // cut in the middle of a doubled quote, where the quote looks closed
    const said = 'crime_ref,reported_dt,ho_offence_code,mo_text\na,2026-01-05,8N,"said ""no"" twice"\n'
    for (let cut = said.indexOf('"said') + 1; cut < said.length - 1; cut++) {
      const twice = said + said.slice(said.indexOf('\n') + 1, cut).replace('a,', 'b,')
      assert.equal((await readText(twice)).records.length, 0, `cut at ${cut}`)
    }
  })

  it('knows every column that a force is used to, and keeps what it does not work with in its own words', async () => {
    const cells: Record<string, string> = {
      'Crime No': 'x1', 'STORM No': 'CAD 12', 'Reported Date': '05/01/2026 10:00', recorded_dt: '06/01/2026', committed_from: '04/01/2026',
      committed_to: '05/01/2026', ho_offence_code: '8', ho_offence_sub: '6', offence_title: 'ABH', crime_status: 'No Crime', da_flag: 'yes',
      hba_flag: 'Y', stalking_flag: 'Y', child_flag: 'N', hate_flag: '', alcohol_flag: 'Y', weapons_flag: 'N', strangulation_flag: 'Y',
      csa_flag: 'N', repeat_flag: 'Y', risk_tool: 'DARA', risk_grade: 'High', Borough: 'Camden', BCU: 'CN', Ward: 'E05009367',
      beat: '12A', 'location type': 'dwelling', Easting: '530000', Northing: '180000', victim_nominal_id: 'N1', victim_role: 'IP',
      sex: 'Female', victim_age: '30', ethnicity: 'W1', 'Victim Officer Defined Ethnicity': 'IC1', relationship_to_suspect: 'ex wife',
      suspect_nominal_id: 'N2', suspect_status: 'charged', arrest_dt: '05/01/2026 11:00', custody_ref: 'C1', outcome_code: '1A',
      outcome_dt: '07/01/2026', 'OIC id': 'P123', Team: 'CSU', supervisor: 'S9', last_updated: '08/01/2026', bail_type: 'pre-charge',
      bail_from: '05/01/2026', bail_to: '05/04/2026', conditions: 'not to contact', children_present: 'Y', 'MO text': 'said',
      non_crime_type: '',
    } // prettier-ignore
    const quoted = (texts: string[]) => texts.map((text) => `"${text}"`).join(',')
    const text = `${quoted(Object.keys(cells))}\n${quoted(Object.values(cells))}\n`
    const { records, problems, notices } = await readText(text)
    assert.deepEqual(problems, [])
    assert.ok(!notices.some(({ said }) => said.startsWith('columns left alone')), JSON.stringify(notices))
    assert.deepEqual(records[0]?.details, {
      bail_conditions: 'not to contact', bail_from: '05/01/2026', bail_to: '05/04/2026', bail_type: 'pre-charge', beat: '12A',
      incident_ref: 'CAD 12', officer_in_case: 'P123', recorded: '06/01/2026', risk_tool: 'DARA', supervisor: 'S9', team: 'CSU',
      victim_ethnicity_officer: 'IC1',
    }) // prettier-ignore
    assert.deepEqual(
      [records[0].status, records[0].domestic, records[0].flags, records[0].offences[0]?.code, records[0].arrestMade],
      ['no_crime', true, ['alcohol', 'children_present', 'hba', 'repeat', 'stalking', 'strangulation'], '8/6', true],
    )
  })

  it('names a renamed column before it gives any record', async () => {
    const { records, refusals } = await readText(FILE.replace('reported_dt', 'reported_dttm'))
    assert.equal(records.length, 0)
    assert.match(refusals[0]?.reason ?? '', /"reported_dt" is missing; it may have been renamed to "reported_dttm"/)
    const known = await readText(FILE.replace('crime_ref', 'Crime No').replace('outcome_code', 'OUTCOME CD'))
    assert.deepEqual([known.refusals.length, known.records.length], [0, 2])
    const chosen = await withFiles({ 'x.csv': FILE.replace('reported_dt', 'when') }, (folder) =>
      readAll([join(folder, 'x.csv')], 'rms', { columns: { 'rows.reportedAt': 'when' } }),
    )
    assert.equal(chosen.records.length, 2)
  })

  it('keeps a record without its bad optional values and refuses a row whose required value is bad', async () => {
    const bad = [
      'r1,2026-03-29 01:30,8N,ABH,Y,,,,,,,,,2026-03-30 09:00',
      'r2,31/02/2026,8N,ABH,Y,,,,,,,,,2026-03-30 09:00',
      'r3,2026-03-01 01:30,8N,ABH,Y,,N1,Q,1990-13-01,partner,,,77,2026-03-30 09:00',
      'r4,2026-03-01 01:30,8N,ABH,Y,extra,cell,N1,F,1990-12-01,partner,,,77,2026-03-30 09:00',
      'r5,2026-03-01 01:30,,ABH,Y,,,,,,,,,2026-03-30 09:00',
    ]
    const { records, problems } = await readText([HEAD, ...bad, ''].join('\n'))
    assert.deepEqual(
      records.map(({ ref }) => ref),
      ['r3'],
    )
    assert.deepEqual(
      problems.map(({ line, field }) => [line, field]),
      [
        [2, 'reported_dt'],
        [3, 'reported_dt'],
        [5, 'row'],
        [4, 'outcome_code'],
        [4, 'victim_dob'],
        [4, 'victim_sex'],
        [6, 'ho_offence_code'],
      ],
    )
    assert.match(problems[0]?.reason ?? '', /lost/)
    assert.equal(problems[0]?.row[0], 'r1')
  })

  it('takes what databases write for nothing as nothing, and rows of nothing but commas as no rows', async () => {
    const row = 'r1,2026-01-05 10:00,8N,ABH,Y,NULL,NULL,F,\\N,partner,(null),Nullman,NaN,'
    const { records, problems } = await readText([HEAD, row, ','.repeat(13), ','.repeat(20), ''].join('\n'))
    assert.deepEqual(problems, [])
    assert.deepEqual(records[0]?.parties.map(({ nominal, dob, surname }) => [nominal, dob, surname]), [
      [undefined, undefined, undefined],
      [undefined, undefined, 'Nullman'],
    ]) // prettier-ignore
    assert.deepEqual([records[0]?.summary, records[0]?.offences[0]?.outcomeCode], [undefined, undefined])
  })

  it('takes no more letters than a name has, and no more rows than an incident', async () => {
    const long = 'x'.repeat(10_000)
    const rows = [
      `${long},2026-01-05,8N,ABH,Y,,,,,,,,,`,
      `r2,${long},8N,ABH,Y,,,,,,,,,`,
      `r3,2026-01-05,8N,${long},Y,${long},N1,F,,partner,N2,${long},,`,
      ...[...Array(1_005).keys()].map((n) => `r4,2026-01-05,8N,ABH,Y,,N${n},F,,partner,N2,Lee,,`),
      '',
    ]
    const { records, problems } = await readText([HEAD, ...rows].join('\n'))
    assert.deepEqual(
      records.map(({ ref, summary, parties, offences }) => [ref, summary?.length, parties.length, offences[0]?.title]),
      [['r3', 10_000, 2, '8N'], ['r4', undefined, 1_001, 'ABH']],
    ) // prettier-ignore
    assert.deepEqual(
      problems.slice(0, 5).map(({ line, field, rejected }) => [line, field, rejected]),
      [
        [2, 'crime_ref', true],
        [3, 'reported_dt', true],
        [4, 'offence_title', false],
        [4, 'suspect_surname', false],
        [1005, 'crime_ref', true],
      ],
    )
    assert.ok(problems.every(({ reason }) => reason.length < 400))
  })

  it('takes nothing as having happened in the future', async () => {
    const rows = ['r1,2026-01-07 10:00,8N,ABH,Y,,,,,,,,,', 'r2,2026-01-05 10:00,8N,ABH,Y,,,,,,,,,2026-02-01', '']
    const { records, problems } = await readText([HEAD, ...rows].join('\n'), 'rms', { latest: '2026-01-06T00:00:00Z' })
    assert.deepEqual(
      records.map(({ ref, updatedAt }) => [ref, updatedAt]),
      [['r2', undefined]],
    )
    assert.deepEqual(
      problems.map(({ line, field, rejected }) => [line, field, rejected]),
      [
        [2, 'reported_dt', true],
        [3, 'last_updated', false],
      ],
    )
  })

  it('takes an incident as domestic when any of its rows says so, or, where none speaks of it, by the relationship', async () => {
    const rows = [
      'a,2026-01-05,8N,ABH,N,,N1,F,,stranger,N2,,,',
      'a,2026-01-05,8N,ABH,Y,,N3,F,,partner,N2,,,',
      'b,2026-01-05,8N,ABH,,,N1,F,,wife,N2,,,',
      'c,2026-01-05,8N,ABH,,,N1,F,,stranger,N2,,,',
      'd,2026-01-05,8N,ABH,N,,N1,F,,wife,N2,,,',
      '',
    ]
    const { records } = await readText([HEAD, ...rows].join('\n'))
    assert.deepEqual(
      records.map(({ ref, domestic }) => [ref, domestic]),
      [['a', true], ['b', true], ['c', false], ['d', false]],
    ) // prettier-ignore
  })

  it('does not take the second part of a scattered incident for the whole, but does take a later version', async () => {
    const head = 'crime_ref,reported_dt,ho_offence_code,da_flag,last_updated'
    const undated = ['a,2026-01-01,8N,Y,', 'b,2026-01-01,8N,Y,', 'a,2026-01-01,58D,Y,', 'a,2026-01-01,9A,Y,', '']
    const scattered = await readText([head, ...undated].join('\n'))
    assert.deepEqual([scattered.records.length, scattered.problems.length], [2, 2])
    const dated = undated.map((row, i) => (row === '' ? '' : `${row}2026-01-0${i + 1}`))
    assert.equal((await readText([head, ...dated.slice(0, 3), ''].join('\n'))).records.length, 3)
  })

  it('gives rows without a reference one that is the same every time, and counts identical rows', async () => {
    const text =
      'Date,Block,Primary Type,Description,Location Description,Arrest,Domestic,Community Area\n' +
      '2022-09-16 21:30:00,026XX S KEDVALE AVE,BATTERY,SIMPLE,APARTMENT,false,true,30\n'.repeat(2) +
      '2022-09-16 21:30:00,026XX S KEDVALE AVE,BATTERY,SIMPLE,APARTMENT,false,,30\n'
    const { records, problems } = await readText(text, 'chicago')
    assert.equal(new Set(records.map(({ ref }) => ref)).size, 2)
    assert.deepEqual(
      problems.map(({ line, field }) => [line, field]),
      [[4, 'domestic']],
    )
    const otherwise = text.replaceAll('2022-09-16 21:30:00', '9/16/2022 9:30 PM').replaceAll('false,true', 'N,TRUE')
    assert.deepEqual(
      (await readText(otherwise, 'chicago')).records.map(({ ref, hash }) => [ref, hash]),
      records.map(({ ref, hash }) => [ref, hash]),
    )
    const again = await readText(swapped(text), 'chicago')
    assert.deepEqual(
      again.records.map(({ ref }) => ref),
      records.map(({ ref }) => ref),
    )
  })

  it('reads the published Chicago files to their totals', async () => {
    const file = join(PUBLISHED, 'chicago-2017-sample-full-columns.csv.gz')
    const small =
      'id,date,primary_type,arrest,domestic\n1,7/19/2017 13:45,BATTERY,TRUE,FALSE\n2,7/19/2017 1:45,BATTERY,TRUE,TRUE\n'
    const there = existsSync(file)
    const read = there ? await readAll([file], 'chicago') : await readText(small, 'chicago')
    const totals = [read.records.length, read.records.filter(({ domestic }) => domestic).length, read.problems.length]
    assert.deepEqual(totals, there ? [9122, 1423, 0] : [2, 1, 0])
    const large = join(PUBLISHED, 'chicago-2022-jan-nov.csv.gz')
    if (!existsSync(large)) return
    let [records, domestic] = [0, 0]
    const refs = new Set<string>()
    for await (const item of readRecords([large], await loadProfile('chicago'))) {
      if (!('record' in item)) continue
      records++
      if (item.record.domestic) domestic++
      refs.add(item.record.ref)
    }
    assert.deepEqual([records, domestic, refs.size], [215_551, 38_962, 215_551])
  })
})
