import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Temporal } from '#platform/clock'
import { couplesOf, standingsOf, type PersonRecords } from './dyads.ts'
import { outcomeWords } from './outcomes.ts'
import { couples, dangerNow, timeline } from './person-views.ts'
import type { IncidentLine, Offence, Party } from './store.ts'

const NOW = Temporal.Instant.from('2026-03-15T12:00:00Z')
const SINCE = Temporal.Instant.from('2025-03-15T00:00:00Z')

/** One record: when it was reported, who was suspect and who victim, and whatever else is told of it. */
interface Told extends Partial<Pick<IncidentLine, 'status' | 'domestic' | 'riskGrade' | 'flags' | 'arrestMade'>> {
  readonly on: string
  readonly suspect: string
  readonly victim: string
  readonly arrested?: string
  readonly relationship?: string
  readonly offences?: readonly (readonly [string, string | null])[]
  readonly others?: readonly (readonly [string, string])[]
}

function recordsOf(personId: string, told: readonly Told[]): PersonRecords {
  const lines = told.map((one, at): IncidentLine => ({
    id: `record-${at}`,
    ref: `R/${at}`,
    source: 'RMS',
    kind: 'crime',
    bcu: 'North',
    reportedAt: Temporal.Instant.from(`${one.on}T12:00:00Z`),
    status: one.status ?? 'recorded',
    domestic: one.domestic ?? true,
    riskGrade: one.riskGrade ?? null,
    flags: one.flags ?? [],
    arrestMade: one.arrestMade ?? false,
  }))
  const parties = told.flatMap(({ suspect, victim, arrested, relationship = null, others = [] }, at) =>
    ([['suspect', suspect], ['victim', victim], ...others] as const).map(([role, id]): Party => ({
      incidentId: `record-${at}`,
      personId: id,
      role,
      name: `Name of ${id}`,
      relationship: role === 'victim' ? relationship : null,
      arrestedAt: id === arrested ? NOW : null,
      custodyRef: null,
    })),
  )
  const offences = told.flatMap(({ offences: of = [] }, at) =>
    of.map(([title, outcomeCode], seq): Offence => ({
      incidentId: `record-${at}`,
      seq: seq + 1,
      title,
      outcomeCode,
      outcomeAt: null,
    })),
  )
  return { personId, incidents: lines, parties, offences }
}

describe('both directions of a couple', () => {
  it('are counted apart, with the latest, the year, the risk and the arrests of each', () => {
    const [pair, ...more] = couplesOf(
      recordsOf('a', [
        { on: '2026-03-01', suspect: 'a', victim: 'b', riskGrade: 'high', arrested: 'a', relationship: 'ex_partner' },
        { on: '2024-01-01', suspect: 'a', victim: 'b', relationship: 'partner' },
        { on: '2025-06-01', suspect: 'b', victim: 'a', arrestMade: true, relationship: 'ex_partner' },
      ]),
      SINCE,
    )
    assert.equal(more.length, 0)
    assert.deepEqual([pair?.otherId, pair?.name, pair?.relationships], ['b', 'Name of b', ['ex_partner', 'partner']])
    const plain = ({ records, ...figures } = pair!.towards) => ({
      latest: records[0]?.id,
      of: records.length,
      ...figures,
    })
    assert.deepEqual(plain(pair?.towards), {
      latest: 'record-0',
      of: 2,
      repeats: 0,
      lastYear: 1,
      highRisk: 1,
      arrests: 1,
    })
    assert.deepEqual(plain(pair?.from), { latest: 'record-2', of: 1, repeats: 0, lastYear: 1, highRisk: 0, arrests: 1 })
    const shown = String(
      couples(
        recordsOf('a', [
          { on: '2026-03-01', suspect: 'a', victim: 'b' },
          { on: '2026-03-02', suspect: 'b', victim: 'a' },
        ]),
        NOW,
      ),
    )
    assert.match(shown, /Reports in both directions/)
  })

  it('repeat when a further record comes within twelve months of the one before, to the day', () => {
    const repeats = (...days: string[]): number | undefined =>
      couplesOf(
        recordsOf(
          'a',
          days.map((on) => ({ on, suspect: 'a', victim: 'b' })),
        ),
        SINCE,
      )[0]?.towards.repeats
    assert.equal(repeats('2024-03-01', '2025-03-01'), 1)
    assert.equal(repeats('2024-03-01', '2025-03-02'), 0)
    assert.equal(repeats('2024-03-01', '2025-03-02', '2025-03-03', '2025-04-01'), 2)
    assert.equal(repeats('2024-03-01'), 0)
  })

  it('leave out what was cancelled, no-crimed or not domestic, and whoever only stood by', () => {
    const pair = { suspect: 'a', victim: 'b' }
    const left = [
      { on: '2026-03-01', ...pair, status: 'cancelled' },
      { on: '2026-03-01', ...pair, status: 'no_crime' },
      { on: '2026-03-01', ...pair, domestic: false },
    ]
    assert.deepEqual(couplesOf(recordsOf('a', left), SINCE), [])
    const [found, ...more] = couplesOf(
      recordsOf('a', [{ on: '2026-03-01', ...pair, others: [['witness', 'w']] }]),
      SINCE,
    )
    assert.deepEqual([found?.otherId, more], ['b', []])
    assert.deepEqual(couplesOf(recordsOf('w', [{ on: '2026-03-01', ...pair, others: [['witness', 'w']] }]), SINCE), [])
  })

  it('lay an arrest to the one suspect of a record, and of two only to whoever it names', () => {
    const two = { on: '2026-03-01', suspect: 'a', victim: 'b', others: [['suspect', 'c']] as const, arrestMade: true }
    const arrests = (told: Told): number | undefined => couplesOf(recordsOf('a', [told]), SINCE)[0]?.towards.arrests
    assert.equal(arrests(two), 0)
    assert.equal(arrests({ ...two, others: [] }), 1)
    assert.equal(arrests({ ...two, arrested: 'a' }), 1)
    assert.equal(arrests({ ...two, arrested: 'c' }), 0)
  })
})

describe('danger now', () => {
  it('is what the records of twelve months hold, as victim first, with nothing older and nothing that does not stand', () => {
    const told: Told[] = [
      { on: '2026-03-01', suspect: 'a', victim: 'b', riskGrade: 'high', flags: ['weapons', 'children_present'] },
      {
        on: '2026-02-01',
        suspect: 'a',
        victim: 'b',
        offences: [
          ['Common assault', null],
          ['Intentional strangulation', '16'],
        ],
      },
      { on: '2025-03-14', suspect: 'a', victim: 'b', flags: ['stalking'] },
      { on: '2026-03-02', suspect: 'a', victim: 'b', riskGrade: 'high', status: 'cancelled' },
      { on: '2026-01-01', suspect: 'b', victim: 'a' },
    ]
    const [asVictim, asSuspect] = standingsOf(recordsOf('a', told), SINCE)
    assert.deepEqual([asVictim?.role, asVictim?.records.length, asVictim?.dangers], ['victim', 1, []])
    assert.deepEqual(
      asSuspect?.dangers.map(({ danger, records }) => [danger, records.map(({ id }) => id)]),
      [
        ['highRisk', ['record-0']],
        ['strangulation', ['record-1']],
        ['weapons', ['record-0']],
        ['children', ['record-0']],
      ],
    )
    const shown = String(dangerNow(recordsOf('a', told), NOW))
    assert.match(shown, /As suspect:[^]*2 records[^]*nobody arrested on any of them/)
    assert.ok(shown.indexOf('As victim') < shown.indexOf('As suspect'))
  })

  it('is said also when there is none, and not of a witness', () => {
    const old = [{ on: '2020-01-05', suspect: 'a', victim: 'b', others: [['witness', 'w']] as const }]
    assert.match(
      String(dangerNow(recordsOf('a', old), NOW)),
      /no record in the last 12\s+months; the latest was reported 5 January 2020/,
    )
    assert.equal(dangerNow(recordsOf('w', old), NOW), null)
  })
})

describe('the timeline', () => {
  it('shows every offence with its outcome in words, arrests and flags, and folds what is older', () => {
    const told = Array.from({ length: 12 }, (_, at): Told => ({
      on: `2026-01-${String(28 - at).padStart(2, '0')}`,
      suspect: 'a',
      victim: 'b',
      arrested: 'a',
      flags: ['hba'],
      offences: [
        ['Common assault', '1A'],
        ['Threats to kill', null],
      ],
    }))
    const shown = String(timeline(recordsOf('a', told)))
    assert.match(shown, /12 records: the newest 10/)
    assert.match(shown, /Show the 2 older records/)
    assert.match(
      shown,
      /Common assault[^]*Charged or summonsed for another offence \(1A\)[^]*Threats to kill[^]*No outcome yet/,
    )
    assert.match(shown, /Name of a<\/strong>[^]*arrested 15 Mar 2026, 12:00/)
    assert.match(shown, /honour-based abuse/)
    assert.equal(shown.match(/R\/\d+/g)?.length, 12)
  })
})

describe('an outcome', () => {
  it('is said in words, whatever way its code is written, and as its code where it is not known', () => {
    assert.equal(outcomeWords('16'), 'Suspect identified, victim does not support (16)')
    assert.equal(outcomeWords('01a'), 'Charged or summonsed for another offence (1A)')
    assert.equal(outcomeWords('ZZ'), 'Outcome ZZ')
    for (const none of [null, '', ' ']) assert.equal(outcomeWords(none), 'No outcome yet')
  })
})
