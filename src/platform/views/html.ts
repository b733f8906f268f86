const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Held by this file alone, so that nothing else can construct markup. */
const KEY = Symbol('markup')

/** Markup that is already safe to send. Only `html` and the components of this room make one. */
export class Html {
  readonly #markup: string

  constructor(key: symbol, markup: string) {
    if (key !== KEY) throw new TypeError('Markup is made with the html`…` template, not with new Html().')
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

/** What may stand between the braces of an `html` template. Nothing is shown for false, null and undefined. */
export type Part = Html | string | number | bigint | false | null | undefined | readonly Part[]

/** Text made safe between tags and inside a quoted attribute. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

function render(part: Part): string {
  if (part === false || part === null || part === undefined) return ''
  if (part instanceof Html) return part.toString()
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number' || typeof part === 'bigint') return String(part)
  return part.map(render).join('')
}

/**
 * Tagged template for markup. Everything put in is escaped unless it is itself `Html`.
 * Attributes must be written with quotes round them.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(KEY, String.raw({ raw: strings }, ...parts.map(render)))
}

/** Several pieces as one, with a separator between; what shows nothing gets no separator either. */
export function join(parts: readonly Part[], separator: Part = ''): Html {
  const shown = parts.map(render).filter((markup) => markup !== '')
  return new Html(KEY, shown.join(render(separator)))
}

/**
 * Takes a string for markup without escaping it. For the output of GOV.UK's own templates only, which escape for
 * themselves; `index.ts` does not export it, and must not.
 */
export function fromTemplate(markup: string): Html {
  return new Html(KEY, markup)
}
