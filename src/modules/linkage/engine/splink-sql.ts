/** A condition of Splink's settings, as far as SQL expressions there go. */
export type Sql =
  | { readonly is: 'column'; readonly name: string; readonly side: 'l' | 'r' }
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'call'; readonly name: string; readonly of: readonly Sql[] }
  | { readonly is: 'cast'; readonly type: string; readonly of: Sql }
  | { readonly is: 'null'; readonly of: Sql; readonly not: boolean }
  | { readonly is: 'and' | 'or'; readonly of: readonly Sql[] }
  | {
      readonly is: 'compare'
      readonly by: '=' | '<>' | '<' | '<=' | '>' | '>='
      readonly left: Sql
      readonly right: Sql
    }
  | { readonly is: 'sum'; readonly by: '+' | '-' | '*' | '/'; readonly left: Sql; readonly right: Sql }

/** Why a text is not understood; whoever reads settings says where it stands. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood'
}

interface Token {
  readonly is: 'word' | 'quoted' | 'text' | 'number' | 'sign'
  readonly text: string
}

const tokenPattern =
  /\s+|'(?:[^']|'')*'|"[^"]+"|`[^`]+`|\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+|[a-z_][a-z0-9_$]*|::|<=|>=|<>|!=|[-+*/=<>(),.]/giy

function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < sql.length) {
    const at = tokenPattern.lastIndex
    const text = tokenPattern.exec(sql)?.[0]
    if (text === undefined) throw new NotUnderstood(`the sign ${sql.charAt(at)}`)
    if (/^\s/.test(text)) continue
    if (text.startsWith("'")) tokens.push({ is: 'text', text: text.slice(1, -1).replaceAll("''", "'") })
    else if (/^["`]/.test(text)) tokens.push({ is: 'quoted', text: text.slice(1, -1) })
    else if (/^\.?\d/.test(text)) tokens.push({ is: 'number', text })
    else tokens.push({ is: /^[a-z_]/i.test(text) ? 'word' : 'sign', text })
  }
  return tokens
}

/** Deepest nesting that is read; nothing that people write comes near it. */
const deepest = 100

/**
 * Reads a condition. Columns are told by their side: `name_l`, or `l.name` in blocking rules.
 * @throws NotUnderstood
 */
export function readSql(sql: string): Sql {
  const tokens = tokensOf(sql)
  let at = 0
  let depth = 0
  const peek = (): Token | undefined => tokens[at]
  const isSign = (text: string): boolean => peek()?.is === 'sign' && peek()?.text === text
  const isWord = (text: string): boolean => peek()?.is === 'word' && peek()?.text.toLowerCase() === text
  const taken = (yes: boolean): boolean => {
    if (yes) at++
    return yes
  }
  const must = (yes: boolean, what: string): void => {
    if (!taken(yes))
      throw new NotUnderstood(peek() === undefined ? `it ends where ${what} is due` : `"${peek()?.text}"`)
  }
  const chain = (word: 'and' | 'or', next: () => Sql): Sql => {
    const parts = [next()]
    while (taken(isWord(word))) parts.push(next())
    return parts.length === 1
      ? parts[0]!
      : { is: word, of: parts.flatMap((part) => (part.is === word ? part.of : [part])) }
  }
  const whole = (): Sql => {
    if (++depth > deepest) throw new NotUnderstood('nested too deep')
    const read = chain('or', () => chain('and', comparison))
    depth--
    return read
  }
  const comparison = (): Sql => {
    let left = sum()
    for (;;) {
      if (taken(isWord('is'))) {
        const not = taken(isWord('not'))
        must(isWord('null'), 'null')
        left = { is: 'null', of: left, not }
        continue
      }
      const sign = peek()
      if (sign?.is !== 'sign' || !['=', '<>', '!=', '<', '<=', '>', '>='].includes(sign.text)) return left
      at++
      const by = (sign.text === '!=' ? '<>' : sign.text) as '='
      left = { is: 'compare', by, left, right: sum() }
    }
  }
  const sums = (signs: readonly string[], next: () => Sql): Sql => {
    let left = next()
    while (peek()?.is === 'sign' && signs.includes(peek()!.text)) {
      const by = tokens[at++]!.text as '+'
      left = { is: 'sum', by, left, right: next() }
    }
    return left
  }
  const sum = (): Sql => sums(['+', '-'], () => sums(['*', '/'], typed))
  const typed = (): Sql => {
    let of = single()
    while (taken(isSign('::'))) of = { is: 'cast', type: typeName(), of }
    return of
  }
  const typeName = (): string => {
    const token = peek()
    if (token?.is !== 'word') throw new NotUnderstood('a type is due')
    at++
    return token.text.toLowerCase()
  }
  const call = (name: string): Sql => {
    if (name === 'cast' || name === 'try_cast') {
      const of = whole()
      must(isWord('as'), 'as')
      const type = typeName()
      must(isSign(')'), ')')
      return { is: 'cast', type, of }
    }
    const of: Sql[] = []
    if (!taken(isSign(')'))) {
      do of.push(whole())
      while (taken(isSign(',')))
      must(isSign(')'), ')')
    }
    return { is: 'call', name, of }
  }
  const single = (): Sql => {
    const token = peek()
    if (token === undefined) throw new NotUnderstood('it ends too soon')
    at++
    switch (token.is) {
      case 'number':
        return { is: 'number', value: Number(token.text) }
      case 'text':
        return { is: 'text', value: token.text }
      case 'quoted':
        return columnOf(token.text)
      case 'sign': {
        if (token.text !== '(') throw new NotUnderstood(`"${token.text}"`)
        const inner = whole()
        must(isSign(')'), ')')
        return inner
      }
      case 'word': {
        if (taken(isSign('('))) return call(token.text.toLowerCase())
        if (taken(isSign('.'))) {
          const name = peek()
          const side = token.text.toLowerCase()
          if ((side !== 'l' && side !== 'r') || (name?.is !== 'word' && name?.is !== 'quoted'))
            throw new NotUnderstood(`"${token.text}."`)
          at++
          return { is: 'column', name: name.text, side }
        }
        return columnOf(token.text)
      }
    }
  }
  const columnOf = (text: string): Sql => {
    const parts = /^(.+)_([lr])$/i.exec(text)
    if (parts === null) throw new NotUnderstood(`"${text}"`)
    return { is: 'column', name: parts[1]!, side: parts[2]!.toLowerCase() as 'l' }
  }
  const read = whole()
  if (at < tokens.length) throw new NotUnderstood(`"${tokens[at]!.text}"`)
  return read
}
