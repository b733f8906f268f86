import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { serviceScope } from '#modules/incidents'
import { BCU, world, type World } from '#test/world'
import { linkForce } from './batch.ts'
import { build, defaultModel, score } from './engine/index.ts'
import {
  mentionsOfFile,
  mentionsToHandOver,
  modelOfFile,
  modelOfLastRun,
  returnedEdges,
  splinkOfFile,
  UnfitFile,
  writeHandOver,
} from './hand-over.ts'
import { link, personOf, putRecord, type MadeRecord } from './linkage.fixture.ts'
import { loadNameGroups } from './search-keys.ts'

const given = 'Alva Bren Cato Dara Elin Ferro Gwil Hana Ivo Juno'.split(' ')
const family = 'Ashgrove Birchall Coldwell Dunmore Eastbrook Fernhill Greyfell'.split(' ')

describe('handing linkage over', () => {
  let force: World
  let folder: string
  const made: MadeRecord[] = []
  let hidden: MadeRecord
  const scope = (what: string) => serviceScope(force.workerPool, what, 'test')
  before(async () => {
    force = await world()
    folder = mkdtempSync(join(tmpdir(), 'hand-over-'))
    for (let at = 0; at < 60; at++) {
      const who = at % 25
      const names = { forenames: given[who % 10] ?? '', surname: family[who % 7] ?? '' }
      const dob = `19${60 + who}-03-${10 + (who % 18)}`
      made.push(
        await putRecord(force.admin, BCU.AW, [{ role: 'suspect', ...names, dob, postcode: `E1 ${who % 10}AB` }]),
      )
    }
    hidden = await putRecord(force.admin, BCU.AW, [{ forenames: 'Qvist', surname: 'Zorander', policeEmployee: true }])
    await link(force)
  })
  after(async () => {
    await force.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('writes what stands but for the sealed, marked, with everybody named in the log', async () => {
    const asked = { ...(await scope('link elsewhere')), reason: 'a reason long enough' }
    const rows = await mentionsToHandOver(force.workerPool, asked, { dialect: 'duckdb' })
    const model = await modelOfLastRun(force.workerPool, asked)
    assert.ok(model !== undefined)
    const done = await writeHandOver(folder, rows, model, { dialect: 'duckdb', synthetic: true })
    assert.equal(done.mentions, rows.length)
    const text = readFileSync(join(folder, 'mentions.csv'), 'utf8')
    const [head = '', ...lines] = text.trimEnd().split('\n')
    assert.match(head, /^marking,unique_id,/)
    assert.ok(lines.length >= 60 && lines.every((line) => line.startsWith('SYNTHETIC')))
    for (const { mentions } of made) assert.ok(text.includes(mentions[0] ?? '?'))
    assert.ok(!text.includes(hidden.mentions[0] ?? '?') && !/zorander/i.test(text))
    const { rows: entries } = await force.admin.query<{ subjects: string[]; reason: string }>(
      `select subjects, reason from audit.entry where action = 'export' and detail ->> 'what' = 'mentions for Splink'`,
    )
    const named = new Set(entries.flatMap(({ subjects }) => subjects))
    assert.equal(entries[0]?.reason, 'a reason long enough')
    for (const { mentions } of made) assert.ok(named.has((await personOf(force.admin, mentions[0])) ?? '?'))
    assert.ok(!named.has((await personOf(force.admin, hidden.mentions[0])) ?? '?'))
  })

  it('links by the pairs that come back as it does by its own, the sealed with them', async () => {
    const before = new Map<string, string | null>()
    for (const { mentions } of [...made, hidden])
      for (const id of mentions) before.set(id, await personOf(force.admin, id))
    const model = modelOfFile(join(folder, 'sidecar.json'))
    const rows = await mentionsToHandOver(force.workerPool, await scope('link elsewhere'), {})
    const dataset = build(rows, defaultModel(), loadNameGroups())
    const { edges } = score(dataset, model, { threshold: 0 })
    const lines = Array.from(
      edges.weight,
      (weight, at) => `${weight},${dataset.ids[edges.a[at]!]},${dataset.ids[edges.b[at]!]}`,
    )
    const file = join(folder, 'edges.csv')
    writeFileSync(file, ['match_weight,unique_id_l,unique_id_r', ...lines, ''].join('\n'))
    const said: string[] = []
    const returned = await returnedEdges(folder, file)
    await linkForce(force.workerPool, await scope('link records'), (line) => said.push(line), returned)
    assert.match(said.join(), /the model that was handed over/)
    for (const [id, was] of before) assert.equal(await personOf(force.admin, id), was)
  })

  it('refuses what is not what was handed over', async () => {
    const edges = join(folder, 'bad.csv')
    writeFileSync(edges, 'unique_id_l,match_weight\nx,3\n')
    const { edges: read } = await returnedEdges(folder, edges)
    const readAll = async () => {
      for await (const edge of read) assert.fail(`an edge of weight ${edge.weight}`)
    }
    await assert.rejects(readAll(), UnfitFile)
    const sidecar = join(folder, 'sidecar.json')
    const whole = readFileSync(sidecar, 'utf8')
    writeFileSync(sidecar, whole.replace(/"prior": [\d.e-]+/, '"prior": 0.5'))
    await assert.rejects(returnedEdges(folder, edges), /not the one that was exported/)
    writeFileSync(sidecar, whole)
    writeFileSync(edges, '{"spec": {}}')
    assert.throws(() => modelOfFile(edges), UnfitFile)
    writeFileSync(edges, 'name\nnobody\n')
    await assert.rejects(mentionsOfFile(edges), /row 1 has no id/)
    writeFileSync(edges, 'id,surname\n1,Marsh\n2,Una "Lowther" Vale\n')
    await assert.rejects(mentionsOfFile(edges), { name: 'UnfitFile', message: 'bad.csv line 3 is not CSV' })
    await assert.rejects(mentionsOfFile(join(folder, 'nothing.csv')), { message: 'nothing.csv cannot be read' })
    await assert.rejects(mentionsOfFile(folder), { name: 'UnfitFile', message: /cannot be read/ })
  })

  it('reads its own settings back, with the frequencies beside them', async () => {
    const { model, uniqueId } = await splinkOfFile(join(folder, 'settings.json'))
    assert.equal(uniqueId, 'unique_id')
    const own = modelOfFile(join(folder, 'sidecar.json'))
    const rows = await mentionsOfFile(join(folder, 'mentions.csv'))
    const theirs = score(build(rows, model.spec), model, { threshold: -100 }).edges
    const mentions = await mentionsToHandOver(force.workerPool, await scope('link elsewhere'), {})
    const ours = score(build(mentions, defaultModel(), loadNameGroups()), own, { threshold: -100 }).edges
    assert.equal(theirs.count, ours.count)
    assert.ok(theirs.count > 50)
    for (const [at, weight] of theirs.weight.entries()) assert.ok(Math.abs(weight - ours.weight[at]!) < 1e-9)
  })
})
