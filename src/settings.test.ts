import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readSettings } from './settings.ts'

describe('the settings of the serving process', () => {
  it('are those of the demonstration when nothing is set, or set to nothing as an .env file may', () => {
    const usual = {
      port: 3000,
      host: '127.0.0.1',
      metrics: null,
      publicUrl: 'http://localhost:3000',
      issuer: { issuer: 'embedded', clientId: 'dauntless' },
      log: 'faults',
      worker: true,
      demo: true,
      drainSeconds: 0,
    }
    assert.deepEqual(readSettings({}), usual)
    const empty = { PORT: '', HOST: ' ', METRICS_PORT: '', DAUNTLESS_URL: '', OIDC_ISSUER: '', DAUNTLESS_LOG: '' }
    assert.deepEqual(readSettings(empty), usual)
  })

  it('are those that the operator chose', () => {
    const chosen = readSettings({
      PORT: '8080',
      METRICS_PORT: '9464',
      DAUNTLESS_URL: 'https://dauntless.example',
      OIDC_ISSUER: 'https://signin.example/realm',
      OIDC_CLIENT_ID: 'da',
      OIDC_CLIENT_SECRET: 's',
      DAUNTLESS_WORKER: 'off',
      DAUNTLESS_DEMO: 'off',
      DAUNTLESS_DRAIN: '5',
      NODE_ENV: 'production',
    })
    assert.deepEqual(chosen, {
      port: 8080,
      host: '127.0.0.1',
      metrics: { port: 9464, host: '127.0.0.1' },
      publicUrl: 'https://dauntless.example',
      issuer: { issuer: new URL('https://signin.example/realm'), clientId: 'da', clientSecret: 's' },
      log: true,
      worker: false,
      demo: false,
      drainSeconds: 5,
    })
    assert.equal(readSettings({ PORT: '8080' }).publicUrl, 'http://localhost:8080')
    assert.equal(readSettings({ NODE_ENV: 'production', DAUNTLESS_LOG: 'off' }).log, false)
  })

  const REFUSED: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ PORT: 'abc' }, /^PORT must be a port number, not "abc"$/],
    [{ PORT: '0' }, /^PORT must be/],
    [{ PORT: '70000' }, /^PORT must be/],
    [{ PORT: '80.5' }, /^PORT must be/],
    [{ METRICS_PORT: 'x' }, /^METRICS_PORT must be a port number, not "x"$/],
    [{ DAUNTLESS_URL: 'garbage' }, /^DAUNTLESS_URL must be an address that begins with https:.* not "garbage"$/],
    [{ DAUNTLESS_URL: 'ftp://x' }, /^DAUNTLESS_URL must be/],
    [{ OIDC_ISSUER: 'garbage' }, /^OIDC_ISSUER must be an address/],
    [{ DAUNTLESS_DRAIN: 'long' }, /^DAUNTLESS_DRAIN must be a whole number of seconds from 0 to 10, not "long"$/],
    [{ DAUNTLESS_DRAIN: '11' }, /^DAUNTLESS_DRAIN must be/],
    [{ DAUNTLESS_DRAIN: '-1' }, /^DAUNTLESS_DRAIN must be/],
  ]
  for (const [env, line] of REFUSED) {
    it(`are refused in one line when they make no sense: ${JSON.stringify(env)}`, () => {
      assert.throws(
        () => readSettings(env),
        (error: Error) => {
          assert.match(error.message, line)
          return !error.message.includes('\n')
        },
      )
    })
  }
})
