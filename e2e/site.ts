// The product as it is served, on the demonstration force, and a real browser to look at it with.
import AxeBuilder from '@axe-core/playwright'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type Product, startProduct } from '#test/product'

export const WIDE = { width: 1280, height: 900 }
export const NARROW = { width: 320, height: 640 }

export interface Site {
  readonly product: Product
  readonly url: string
  readonly browser: Browser
  /** A browser of its own, not signed in. */
  open(options?: BrowserContextOptions): Promise<Page>
  /** A browser of its own that has signed in as one of the demonstration's people, by the sign-in page. */
  signIn(subject: string, options?: BrowserContextOptions): Promise<Page>
  /** A browser of its own with a live session, without the sign-in page. */
  enter(subject: string, options?: BrowserContextOptions): Promise<Page>
  close(): Promise<void>
}

/** Serves the product and starts Chromium (`CHROMIUM_PATH`). */
export async function openSite(): Promise<Site> {
  const executablePath = process.env['CHROMIUM_PATH']
  if (!executablePath) throw new Error('no Chromium: run the tests through npm test, or npm test -- <file>')
  let url = ''
  const product = await startProduct({ publicUrl: () => url, watched: false })
  await product.app.listen({ port: 0, host: '127.0.0.1' })
  const address = product.app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the product does not listen')
  url = `http://127.0.0.1:${address.port}`
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const contexts: BrowserContext[] = []
  const context = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    const made = await browser.newContext({ viewport: WIDE, baseURL: url, ...options })
    made.setDefaultTimeout(10_000)
    contexts.push(made)
    return made
  }
  const open = async (options?: BrowserContextOptions): Promise<Page> => (await context(options)).newPage()
  return {
    product,
    url,
    browser,
    open,
    async signIn(subject, options) {
      const page = await open(options)
      await page.goto('/')
      await page.locator(`[name="subject"][value="${subject}"]`).click()
      await page.waitForURL(`${url}/`)
      return page
    },
    async enter(subject, options) {
      const made = await context(options)
      const { token } = await product.visitOf(subject)
      await made.addCookies([{ name: 'session', value: token, url }])
      return made.newPage()
    },
    async close() {
      for (const one of contexts) await one.close()
      await browser.close()
      await product.close()
    },
  }
}

/** What axe finds serious or critical on the page, as one line each. */
export async function seriousOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} (${nodes.length} in all)`)
}
