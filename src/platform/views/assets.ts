import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** One file the browser may fetch. Its address holds a hash of its content, so it may be cached for ever. */
export interface Asset {
  readonly type: string
  readonly body: Buffer
  /** Quoted, as the ETag header wants it. */
  readonly etag: string
}

/** The addresses a page needs. */
export interface AssetPaths {
  readonly style: string
  readonly script: string
  readonly icon: string
  /** The upright Latin letters, for preloading. */
  readonly font: string
}

const require = createRequire(import.meta.url)
const govuk = join(dirname(require.resolve('govuk-frontend/package.json')), 'dist/govuk')
const atkinson = dirname(require.resolve('@fontsource-variable/atkinson-hyperlegible-next/package.json'))

const FAMILY = "'Atkinson Hyperlegible Next Variable','Noto Sans',system-ui,sans-serif"

/**
 * GOV.UK Frontend's own compiled style without what only GOV.UK may use: the typeface GDS Transport ("customised for
 * exclusive use on gov.uk") and the crest. Every rule that would fetch one of its pictures fetches nothing instead.
 */
function govukStyle(): string {
  return readFileSync(join(govuk, 'govuk-frontend.min.css'), 'utf8')
    .replace(/@font-face\{[^}]*\}/g, '')
    .replace(/\/\*[^]*?\*\//g, '')
    .replaceAll('GDS Transport,arial,sans-serif', FAMILY)
    .replace(/url\(\/assets\/[^)]*\)/g, 'none')
}

/** The faces of Atkinson Hyperlegible Next (Braille Institute, SIL Open Font Licence), pointing at our addresses. */
function fontFaces(addressOf: (file: string) => string): string {
  return ['wght.css', 'wght-italic.css']
    .map((name) => readFileSync(join(atkinson, name), 'utf8'))
    .join('\n')
    .replace(/url\(\.\/files\/([^)]+)\)/g, (_, file: string) => `url(${addressOf(file)})`)
}

/**
 * Within a part of the page that says `data-keys`, and while the focus is in it, a letter presses the button that bears it
 * (`data-key`). Nothing is pressed while somebody types.
 */
const KEYS = `document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
  const at = event.target
  if (!(at instanceof Element) || at.closest('input, textarea, select') !== null) return
  const button = at.closest('[data-keys]')?.querySelector(\`[data-key="\${CSS.escape(event.key.toLowerCase())}"]\`)
  if (!(button instanceof HTMLElement)) return
  event.preventDefault()
  button.click()
})`

function build(): { readonly files: ReadonlyMap<string, Asset>; readonly paths: AssetPaths } {
  const files = new Map<string, Asset>()
  const add = (name: string, extension: string, type: string, content: Buffer | string): string => {
    const body = Buffer.isBuffer(content) ? content : Buffer.from(content)
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
    const address = `/assets/${name}.${hash}.${extension}`
    files.set(address, { type, body, etag: `"${hash}"` })
    return address
  }

  const fonts = new Map<string, string>()
  const fontAddress = (file: string): string => {
    const known = fonts.get(file)
    if (known) return known
    const address = add(file.replace('.woff2', ''), 'woff2', 'font/woff2', readFileSync(join(atkinson, 'files', file)))
    fonts.set(file, address)
    return address
  }
  const faces = fontFaces(fontAddress)
  const own = readFileSync(new URL('./dauntless.css', import.meta.url), 'utf8')
  const style = add('dauntless', 'css', 'text/css; charset=utf-8', `${govukStyle()}\n${faces}\n${own}`)

  const module = readFileSync(join(govuk, 'govuk-frontend.min.js'), 'utf8').replace(/\/\/# sourceMappingURL=\S+/, '')
  const components = add('govuk-frontend', 'js', 'text/javascript; charset=utf-8', module)
  const start = [
    `import { initAll, isSupported } from '${components}'`,
    "document.body.classList.add('js-enabled', 'govuk-frontend-supported')",
    'if (isSupported()) initAll()',
    KEYS,
    '',
  ].join('\n')
  const script = add('start', 'js', 'text/javascript; charset=utf-8', start)

  const icon = add('icon', 'svg', 'image/svg+xml', readFileSync(new URL('./icon.svg', import.meta.url)))
  const font = fontAddress('atkinson-hyperlegible-next-latin-wght-normal.woff2')
  return { files, paths: { style, script, icon, font } }
}

let built: ReturnType<typeof build> | undefined

/**
 * Every file the browser may fetch, by its path under /assets. Made once, on first use (tens of milliseconds), and the
 * same in every process of one version, so that any of several servers can answer for a page of another.
 */
export function assets(): ReadonlyMap<string, Asset> {
  built ??= build()
  return built.files
}

/** The addresses of the style, the script, the icon and the main font. */
export function assetPaths(): AssetPaths {
  built ??= build()
  return built.paths
}
