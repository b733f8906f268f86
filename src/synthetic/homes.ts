import { type Random, one, pick, pickOne } from './random.ts'
import type { Borough, Reference } from './reference.ts'

/** A made-up home: a real street name is likely, a real address is not looked for. */
export interface Home {
  readonly borough: Borough
  readonly ward: string
  readonly address: string
  readonly postcode: string
  readonly lat: string
  readonly lon: string
}

// Royal Mail never uses these letters in the second half of a postcode, so the whole belongs to nobody.
const unusedLetters = 'CIKMOV'
const usedLetters = 'ABDEFGHJLNPQRSTUWXYZ'

/** Draws a home in a borough; the point lies within 250 m of the middle of its small area. */
export function drawHome(random: Random, reference: Reference, borough: Borough): Home {
  const area = pick(random, borough.areas)
  let nearest = one(borough.outcodes[0], 'an outcode')
  let least = Infinity
  for (const outcode of borough.outcodes) {
    const distance = (outcode.lat - area.lat) ** 2 + ((outcode.lon - area.lon) * 0.62) ** 2
    if (distance < least) {
      least = distance
      nearest = outcode
    }
  }
  const house = `${random.between(1, 199)} ${pickOne(random, reference.streets)}`
  const flat = random.chance(0.3) ? `Flat ${random.between(1, 40)}, ` : ''
  const unused = unusedLetters.charAt(random.below(6))
  const other = (random.chance(0.2) ? unusedLetters : usedLetters).charAt(random.below(6))
  const inward = `${random.below(10)}${random.chance(0.5) ? unused + other : other + unused}`
  // 0.0015 degrees each way is at most 167 m north and 104 m east at London's latitude.
  return {
    borough,
    ward: area.ward,
    address: `${flat}${house}, ${borough.name}`,
    postcode: `${nearest.code} ${inward}`,
    lat: (area.lat + (random.next() - 0.5) * 0.003).toFixed(5),
    lon: (area.lon + (random.next() - 0.5) * 0.003).toFixed(5),
  }
}

/** True for a postcode that nobody lives at: its inward half holds a letter Royal Mail does not use there. */
export function isFictionalPostcode(postcode: string): boolean {
  const inward = /^[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9]([A-Z]{2})$/.exec(postcode)?.[1]
  return inward !== undefined && /[CIKMOV]/.test(inward)
}

/**
 * A phone number of the ranges set aside for drama (Ofcom: 07700 900000-900999 and 020 7946 0000-0999), written one of
 * the ways people write numbers. Two thousand numbers serve everybody, so many share one: a phone alone proves little.
 */
export function phoneNumber(key: number, style: number): string {
  const digits = String(1000 + (key % 1000)).slice(1)
  if (key % 10000 >= 1500) {
    const spaced = [`07700 900${digits}`, `07700900${digits}`, `+447700900${digits}`, `+44 7700 900${digits}`]
    return spaced[style % 4] ?? ''
  }
  return style % 2 === 0 ? `020 7946 0${digits}` : `02079460${digits}`
}

/** True for a number of the drama ranges, however it is written. */
export function isFictionalPhone(phone: string): boolean {
  return /^(?:0|44)(?:7700900\d{3}|2079460\d{3})$/.test(phone.replaceAll(/\D/g, ''))
}
