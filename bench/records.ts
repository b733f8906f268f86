import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { names } from './names.ts'
import { pick, pickOne, randomFrom, type Random } from '../src/synthetic/random.ts'

// The columns of a records management system's wide file that are usually filled, by the profile's own names.
const HEADER =
  'crime_ref,reported_dt,committed_from,committed_to,crime_status,da_flag,risk_grade,bcu,borough_code,location_type,address,postcode,' +
  'lat,lon,channel,mo_text,last_updated,ho_offence_code,ho_offence_sub,cjs_code,offence_title,outcome_code,outcome_dt,' +
  'victim_nominal_id,victim_forenames,victim_surname,victim_dob,victim_sex,victim_ethnicity,victim_address,victim_postcode,victim_phone,' +
  'relationship_to_suspect,suspect_nominal_id,suspect_status,suspect_forenames,suspect_surname,suspect_dob,suspect_sex,' +
  'suspect_ethnicity,suspect_address,suspect_postcode,suspect_phone,arrest_dt,custody_ref'

const OFFENCES = [
  '105A,1,CJ88116,Common assault and battery',
  '8N,1,OF61102,Assault occasioning actual bodily harm',
  '8L,1,SE15001,Controlling or coercive behaviour',
  '58B,2,CD71039,Criminal damage to other property',
  '8M,4,PH97003,Harassment without violence',
  '5D,9,SC15011,Intentional strangulation',
] as const
const BOROUGHS = [
  'AW,E09000033',
  'CN,E09000007',
  'AS,E09000022',
  'SE,E09000011',
  'NA,E09000010',
  'WA,E09000009',
] as const
const RELATIONSHIPS = ['partner', 'ex-partner', 'spouse', 'parent', 'sibling', 'other family'] as const
const NARRATIVE =
  'Police were called by a neighbour who heard shouting. The parties had argued over money; one left before officers arrived. ' +
  'Both were spoken to apart, and a risk assessment was made at the scene.'

const two = (n: number): string => (n < 10 ? `0${n}` : String(n))
const day = (random: Random, from: number, to: number): string =>
  `${random.between(from, to)}-${two(random.between(1, 12))}-${two(random.between(1, 28))}`
const time = (random: Random): string => `${two(random.between(3, 23))}:${two(random.below(60))}`

/** How many of ten incidents name a third person, which makes 2.3 mentions an incident. */
const THIRDS_IN_TEN = 3

export interface Written {
  readonly incidents: number
  readonly mentions: number
  readonly rows: number
  readonly header: readonly string[]
}

/** Writes a wide file of invented records, the same for the same number: a row an incident, and one more for a third person. */
export async function writeRecords(file: string, incidents: number): Promise<Written> {
  const random = randomFrom(20_260_101)
  const { forenames, surnames } = names()
  const out = createWriteStream(file, { highWaterMark: 1 << 20 })
  out.write(`${HEADER}\n`)
  let [rows, mentions] = [0, 0]
  const person = (nominal: number, sex: 'M' | 'F', street: string): string =>
    `${pick(random, forenames)},${pick(random, surnames)},${day(random, 1950, 2007)},${sex},W1,${street},` +
    `07700 9${String(nominal % 100_000).padStart(5, '0')}`
  for (let at = 0; at < incidents; at++) {
    const ref = `01/${String(at).padStart(7, '0')}/${20 + (at % 7)}`
    const reported = day(random, 2023, 2025)
    const street = `${random.between(1, 220)} Invented Road,SE${random.between(1, 28)} ${random.between(1, 9)}AA`
    const base =
      `${ref},${reported} ${time(random)},${reported} 00:${two(random.below(60))},${reported} 02:00,recorded,Y,` +
      `${pickOne(random, ['standard', 'medium', 'high'])},${pickOne(random, BOROUGHS)},dwelling,${street},51.${random.between(300_000, 690_000)},` +
      `-0.${random.between(100_000, 500_000)},999,"${NARRATIVE}",${reported} 23:30,${pickOne(random, OFFENCES)},` +
      `${random.chance(0.8) ? `16,${reported} 23:00` : ','}`
    const suspect = `${random.below(incidents)}`
    const arrested = random.chance(0.3)
    const suspectCells =
      `${pickOne(random, RELATIONSHIPS)},N${suspect},${arrested ? 'arrested' : 'suspect'},${person(Number(suspect), 'M', street)},` +
      (arrested ? `${reported} 22:45,CU${at}` : ',')
    const victims = random.below(10) < THIRDS_IN_TEN ? 2 : 1
    let text = ''
    for (let place = 0; place < victims; place++) {
      const victim = random.below(incidents)
      text += `${base},V${victim},${person(victim, 'F', street)},${suspectCells}\n`
    }
    rows += victims
    mentions += victims + 1
    if (!out.write(text)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  return { incidents, mentions, rows, header: HEADER.split(',') }
}
