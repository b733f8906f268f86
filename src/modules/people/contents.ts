import { html, type Html } from '#platform/views'

/** A part of a page under its own heading, which the contents list points to; nothing where there is nothing in it. */
export function sectionOf(id: string, title: string, body: Html | null): Html | null {
  if (body === null) return null
  return html`<section class="dauntless-section" aria-labelledby="${id}">
    <h2 class="govuk-heading-m" id="${id}">${title}</h2>
    ${body}
  </section>`
}

const HEADING = /<h2\b[^>]*\bid="([\w-]+)"[^>]*>([^<]*)<\/h2>/g
const LETTERS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** The headings of a page that have an id and hold text alone, in order. Panels of other modules are found by theirs. */
export function headingsOf(body: Html): { readonly id: string; readonly title: string }[] {
  return [...body.toString().matchAll(HEADING)].map(([, id = '', title = '']) => ({
    id,
    title: title
      .replace(/&(\w+|#39);/g, (whole, name: string) => LETTERS[name] ?? whole)
      .replace(/\s+/g, ' ')
      .trim(),
  }))
}

/** What is on a long page, at its top; nothing where there is little on it. */
export function contents(body: Html): Html | false {
  const headings = headingsOf(body)
  if (headings.length < 3) return false
  return html`<nav class="dauntless-contents" aria-labelledby="contents">
    <h2 class="govuk-heading-s" id="contents">On this page</h2>
    <ul>
      ${headings.map(({ id, title }) => html`<li><a class="govuk-link" href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`
}
