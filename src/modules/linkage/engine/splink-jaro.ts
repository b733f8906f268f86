/**
 * Jaro's similarity written out in Spark SQL. The function that Splink brings to Spark counts half of an odd number of
 * letters out of order where DuckDB and we round down, so a name right at a threshold would get another weight.
 *
 * Letters of `left` take, one after another, the first letter of `right` that is theirs, near enough and not yet taken; taken
 * letters are marked in `rest` and gathered in `got`.
 */
function jaroInSpark(left: string, right: string, finish: (jaro: string) => string): string {
  const taken = 'chr(1)'
  const reach = `greatest(0, cast(floor(greatest(length(${left}), length(${right})) / 2) as int) - 1)`
  const from = `greatest(1, i - ${reach})`
  const letter = `substring(${left}, i, 1)`
  const place = `locate(${letter}, s.rest, ${from})`
  const step =
    `if(${place} between 1 and i + ${reach}, ` +
    `named_struct('rest', overlay(s.rest, ${taken}, ${place}, 1), 'got', concat(s.got, ${letter})), s)`
  const taking = `filter(sequence(1, length(${right})), j -> substring(s.rest, j, 1) = ${taken})`
  const disorder = `size(filter(sequence(1, length(s.got)), k -> substring(s.got, k, 1) <> substring(${right}, ${taking}[k - 1], 1)))`
  const got = 'length(s.got)'
  const jaro = `(${got} / length(${left}) + ${got} / length(${right}) + (${got} - cast(floor(${disorder} / 2) as int)) / ${got}) / 3`
  return (
    `aggregate(sequence(1, length(${left})), named_struct('rest', ${right}, 'got', ''), (s, i) -> ${step}, ` +
    `s -> ${got} > 0 and ${finish(jaro)})`
  )
}

/** Jaro's similarity of a column's two values is at least this. */
export function sparkJaroAtLeast(column: string, atLeast: number): string {
  return jaroInSpark(`${column}_l`, `${column}_r`, (jaro) => `${jaro} >= ${atLeast}`)
}

/** Jaro-Winkler's is at least this: by Splink's function where that is certain, written out near the threshold. */
export function sparkJaroWinklerAtLeast(column: string, atLeast: number): string {
  const [left, right] = [`${column}_l`, `${column}_r`]
  const found = `jaro_winkler(${left}, ${right})`
  const prefix = [4, 3, 2, 1].map(
    (length) => `when substring(${left}, 1, ${length}) = substring(${right}, 1, ${length}) then ${length}`,
  )
  const written = jaroInSpark(left, right, (jaro) => {
    const winkler = `${jaro} + (case ${prefix.join(' ')} else 0 end) * 1e-1 * (1 - ${jaro})`
    return `if(${jaro} > 7e-1, ${winkler}, ${jaro}) >= ${atLeast}`
  })
  // The difference is at most 0.5 / 3m for m letters shared, and the 0.12 that a prefix adds from 0.7 on.
  const near = atLeast > 0.85 ? 0.06 : 0.18
  return `(${found} >= ${atLeast} + 1e-9 or (${found} >= ${atLeast} - ${near} and ${written}))`
}

/** Puts the plain functions back where this file wrote Jaro's similarity out, so that our own settings can be read. */
export function withoutWrittenJaro(sql: string): string {
  let plain = sql
  for (const [, column, atLeast] of sql.matchAll(/\(jaro_winkler\((\w+)_l, \w+_r\) >= ([\d.e-]+) \+ 1e-9 or /g)) {
    const call = `jaro_winkler(${column}_l, ${column}_r) >= ${atLeast}`
    plain = plain.replaceAll(sparkJaroWinklerAtLeast(column!, Number(atLeast)), call)
  }
  for (const [, column] of plain.matchAll(/aggregate\(sequence\(1, length\((\w+)_l\)\)/g)) {
    for (const [, atLeast] of plain.matchAll(/ >= ([\d.e-]+)\)/g)) {
      const call = `jaro_sim(${column}_l, ${column}_r) >= ${atLeast}`
      plain = plain.replaceAll(sparkJaroAtLeast(column!, Number(atLeast)), call)
    }
  }
  return plain
}
