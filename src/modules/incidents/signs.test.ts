import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signsOf, type Signs } from './signs.ts'

const NONE: Signs = { conduct: false, strangulation: false, threat: false, highRisk: false }

describe('the signs of a record', () => {
  const none = { titles: [], flags: [], riskGrade: null }
  const said = (titles: string[]): string =>
    Object.entries(signsOf({ ...none, titles }))
      .filter(([, shown]) => shown === true)
      .map(([sign]) => sign)
      .join()
  it('are told by the titles of its offences', () => {
    const titles: [string, string][] = [
      ['Stalking involving fear of violence', 'conduct'],
      ['Harassment without violence', 'conduct'],
      ['HARASSMENT BY TELEPHONE', 'conduct'],
      ['Controlling or coercive behaviour', 'conduct'],
      ['Threatening words or behaviour causing harassment, alarm or distress', ''],
      ['Intentional strangulation', 'strangulation'],
      ['Intentional suffocation', 'strangulation'],
      ['Threats to kill', 'threat'],
      ['Threatening to kill', 'threat'],
      ['Communication threatening death or serious harm', 'threat'],
      ['Common assault', ''],
    ]
    for (const [title, sign] of titles) assert.equal(said([title]), sign, title)
    assert.equal(said(['Common assault', 'Threats to kill', 'Stalking']), 'conduct,threat')
  })
  it('are told by its flags and its grade of risk', () => {
    assert.deepEqual(signsOf({ ...none, flags: ['alcohol', 'stalking', 'strangulation'] }), {
      ...NONE,
      conduct: true,
      strangulation: true,
    })
    assert.deepEqual(signsOf({ ...none, riskGrade: 'high' }), { ...NONE, highRisk: true })
    assert.deepEqual(signsOf({ ...none, riskGrade: 'medium' }), NONE)
  })
})
