// What a person can see and do on a page, read from its markup: links, forms, words. Our own templates write it, so it is regular.

export interface FormField {
  readonly name: string
  readonly kind: 'text' | 'hidden' | 'choice' | 'tick' | 'list' | 'file' | 'button'
  readonly values: readonly string[]
}
export interface PageForm {
  readonly method: 'GET' | 'POST'
  readonly action: string
  readonly fields: readonly FormField[]
}
export interface ReadPage {
  readonly links: readonly string[]
  readonly forms: readonly PageForm[]
  /** Everything a reader, or a screen reader, is given, without what they typed themselves; in runs without a break. */
  readonly texts: readonly string[]
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

export const decode = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex?: string, dec?: string, name?: string) =>
    hex !== undefined
      ? String.fromCodePoint(Number.parseInt(hex, 16))
      : dec !== undefined
        ? String.fromCodePoint(Number(dec))
        : (ENTITIES[name ?? ''] ?? all),
  )

function attributesOf(tag: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', value = ''] of tag.matchAll(/\s([a-zA-Z][\w:-]*)(?:="([^"]*)")?/g)) {
    if (!found.has(name)) found.set(name, decode(value))
  }
  return found
}

function fieldsOf(inner: string): FormField[] {
  const fields = new Map<string, FormField>()
  const add = (name: string | undefined, kind: FormField['kind'], values: readonly string[]): void => {
    if (name === undefined || name === '') return
    const before = fields.get(`${kind} ${name}`)
    fields.set(`${kind} ${name}`, { name, kind, values: [...(before?.values ?? []), ...values] })
  }
  for (const [tag] of inner.matchAll(/<input\b[^>]*>/g)) {
    const at = attributesOf(tag)
    const type = at.get('type') ?? 'text'
    const value = at.get('value') ?? ''
    if (type === 'radio') add(at.get('name'), 'choice', [value])
    else if (type === 'checkbox') add(at.get('name'), 'tick', [value])
    else if (type === 'file' || type === 'hidden') add(at.get('name'), type, [value])
    else if (type === 'submit') add(at.get('name'), 'button', [value])
    else add(at.get('name'), 'text', [value])
  }
  for (const [, tag = '', text = ''] of inner.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/g))
    add(attributesOf(tag).get('name'), 'text', [decode(text)])
  for (const [, tag = '', options = ''] of inner.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/g)) {
    const values = [...options.matchAll(/<option\b([^>]*)>/g)].map(
      ([, option = '']) => attributesOf(option).get('value') ?? '',
    )
    add(attributesOf(tag).get('name'), 'list', values)
  }
  for (const [, tag = ''] of inner.matchAll(/<button\b([^>]*)>/g)) {
    const at = attributesOf(tag)
    add(at.get('name'), 'button', [at.get('value') ?? ''])
  }
  return [...fields.values()]
}

/** Elements that words run on through; at any other a text ends. */
const INLINE = /<\/?(?:a|abbr|b|em|i|mark|small|span|strong|tspan)\b[^>]*>/g
/** Where one name ends and another begins. */
const BREAKS = /[|,;:()/•·"“”]/

/** Reads a page. */
export function readPage(html: string): ReadPage {
  const links = [...html.matchAll(/<a\b[^>]*>/g)]
    .map(([tag]) => attributesOf(tag).get('href') ?? '')
    .filter((href) => /^\/(?!\/)/.test(href) || href.startsWith('?'))
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag = '', inner = '']): PageForm => {
    const at = attributesOf(tag)
    return {
      method: at.get('method')?.toLowerCase() === 'post' ? 'POST' : 'GET',
      action: at.get('action') ?? '',
      fields: fieldsOf(inner),
    }
  })
  const given = html.replace(/<textarea\b[\s\S]*?<\/textarea>/g, ' ').replace(/<input\b[^>]*>/g, ' ')
  const attributes = [...given.matchAll(/\s(?:title|alt|content|data-[\w-]+|aria-\w+)="([^"]*)"/g)].map(
    ([, value = '']) => decode(value),
  )
  const read = decode(given.replace(INLINE, ' ').replace(/<[^>]*>/g, '|'))
  return { links, forms, texts: [...read.split(BREAKS), ...attributes.flatMap((text) => text.split(BREAKS))] }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
export const uuidsIn = (text: string): string[] => [...new Set(text.match(UUID) ?? [])]

/** An address without what is particular to it: pages of one kind have one shape. */
export const shapeOf = (url: string): string => (url.split('?')[0] ?? '').replace(UUID, ':id')

/** The words of a text as they are compared: small letters, nothing but letters, apostrophes and hyphens. */
export const wordsOf = (text: string): string[] =>
  text.normalize('NFC').toLowerCase().replaceAll('’', "'").split(/[^\p{L}\p{M}'-]+/u).filter(Boolean) // prettier-ignore
