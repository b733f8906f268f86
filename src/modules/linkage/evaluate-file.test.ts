import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFile, tellFileEvaluation } from './evaluate-file.ts'
import { columnsOf, labelledMentions, type TextRow } from './labelled.ts'

const forenames = 'Ann Ben Cora Dev Ewa Femi Gul Hana Ivo Jaz Kofi Lena'.split(' ')
const surnames = 'Abara Bek Castelo Dhillon Ekholm Fofana Grabow Hoxha Iqbal Jurkov Kazlauskas Lowther'.split(' ')

/** Invented people, three mentions each; one in five mentions lacks its date, every person has a record with another. */
function invented(people: number): TextRow[] {
  return Array.from({ length: people }, (_, person) => {
    const [forename, surname] = [forenames[person % 12] ?? '', surnames[Math.floor(person / 12) % 12] ?? '']
    const dob = `19${60 + (person % 40)}-0${1 + (person % 9)}-${10 + (person % 19)}`
    return [0, 1, 2].map((copy): TextRow => ({
      first_name: copy === 2 ? `${forename}e` : forename,
      surname,
      dob: (person + copy) % 5 === 0 ? '' : dob,
      phone: copy === 1 ? '' : `0770090${String(1000 + person)}`,
      sex: person % 2 === 0 ? 'f' : 'm',
      incident: copy === 0 ? `i${Math.floor(person / 2)}` : '',
      cluster: `p${person}`,
    }))
  }).flat()
}

function evaluated(rows: readonly TextRow[]) {
  return evaluateFile(labelledMentions(rows, columnsOf(Object.keys(rows[0] ?? {}))))
}

describe('measuring the default model on a labelled file', () => {
  const found = evaluated(invented(144))

  it('finds the people, and never two parties of one record', () => {
    assert.equal(found.people, 144)
    assert.ok(found.clusters.f1 > 0.9 && found.automatic.clusters.precision > 0.99, JSON.stringify(found.clusters))
    assert.equal(found.automatic.sameRecord, 0)
    assert.ok(found.blockRecall <= 1 && found.pairs.recall <= found.blockRecall)
  })
  it('shows whom it serves worse', () => {
    assert.deepEqual(Object.keys(found.bySex).sort(), ['f', 'm'])
    assert.ok(Object.keys(found.byNameGroup).length > 3)
    assert.ok(Object.keys(found.byMissing).includes('date of birth, postcode'))
    const pairs = Object.values(found.bySex).reduce((sum, { clusters }) => sum + clusters.truePositives, 0)
    assert.equal(pairs, found.clusters.truePositives)
  })
  it('does not see the labels: with others the model is the same and only the figures change', () => {
    const wrong = evaluated(invented(144).map((row, at) => ({ ...row, cluster: `w${at}` })))
    assert.equal(wrong.compared, found.compared)
    assert.equal(wrong.clusters.clusters, found.clusters.clusters)
    assert.equal(wrong.clusters.precision, 0)
    assert.ok(wrong.calibration.published.error > 0.5)
  })
  it('is told in words, without a value of any mention', () => {
    const text = tellFileEvaluation(found)
    assert.match(text, /432 mentions of 144 people/)
    assert.doesNotMatch(text, /Lowther|07700/)
  })
})
