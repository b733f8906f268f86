import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readText } from './fixtures.ts'
import { fromGrid } from './grid.ts'

describe('a point of the National Grid', () => {
  it('is where the Ordnance Survey says, to some metres', () => {
    // easting, northing, and what the guide's worked example and the PROJ library make of them
    for (const [easting, northing, lat, lon] of [
      [651_409.903, 313_177.27, 52.657979, 1.716052],
      [530_000, 180_000, 51.503991, -0.128354],
      [400_000, 100_000, 50.799561, -2.001367],
    ] as const) {
      const point = fromGrid(easting, northing)
      assert.ok(Math.abs(point.lat - lat) < 1e-6 && Math.abs(point.lon - lon) < 1e-6, JSON.stringify(point))
    }
  })

  it('stands in for degrees that a row does not have', async () => {
    const rows = 'a,530000,180000,,\nb,530000,180000,51.4,-0.1\nc,0,0,0,0\nd,-5,9999999,,\ne,,180000,51.4,\n'
    const head = 'crime_ref,reported_dt,ho_offence_code,easting,northing,lat,lon\n'
    const { records, problems } = await readText(head + rows.replaceAll(/^(.),/gm, '$1,2026-01-05,8N,'))
    assert.deepEqual(
      records.map(({ lat, lon }) => [lat, lon]),
      [[51.503991, -0.128354], [51.4, -0.1], [undefined, undefined], [undefined, undefined], [undefined, undefined]],
    ) // prettier-ignore
    assert.deepEqual(
      problems.map(({ line, field }) => [line, field]),
      [
        [5, 'easting'],
        [5, 'northing'],
      ],
    )
  })
})
