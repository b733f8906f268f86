import { bankHolidayWarning, formatRelativeDays, loadBankHolidays, londonDay, type Temporal } from '#platform/clock'
import type { Tx } from '#platform/db'
import type { TodayCard } from '#platform/http'
import { html } from '#platform/views'
import { ENDING_DAYS, postings, unposted } from './people-store.ts'
import { roleWords } from './words.ts'

const MOST_SHOWN = 5

/** What needs an administrator: postings about to end, people who can do nothing, and a calendar that runs out; or that none do. */
export async function administratorsCard(tx: Tx, now: Temporal.Instant): Promise<TodayCard> {
  const today = londonDay(now)
  const ending = await postings(tx, { list: 'ending', place: null, page: 1 })
  const without = await unposted(tx)
  const calendar = bankHolidayWarning(loadBankHolidays(), today)
  const calm = ending.found === 0 && without === 0 && calendar === undefined
  return {
    title: 'Accounts and postings',
    order: calm ? 90 : 30,
    body: html`${
      calm &&
      html`<p class="govuk-body">
        Nothing waits: no posting ends within ${ENDING_DAYS} days, and everybody who can sign in has one.
        <a class="govuk-link" href="/organisation/postings">All postings</a>
      </p>`
    }
    ${calendar && html`<p class="govuk-body">${calendar}</p>`}
    ${
      ending.found > 0 &&
      html`<p class="govuk-body">
          <a class="govuk-link" href="/organisation/postings?list=ending"
            >${ending.found} ${ending.found === 1 ? 'posting ends' : 'postings end'} within ${ENDING_DAYS} days</a
          >:
        </p>
        <ul class="govuk-list govuk-list--bullet">
          ${ending.rows
            .slice(0, MOST_SHOWN)
            .map(
              (posting) =>
                html`<li>
                  <a class="govuk-link" href="/organisation/people/${posting.accountId}">${posting.name}</a>,
                  ${roleWords(posting.role)}: last day
                  ${posting.validTo && formatRelativeDays(posting.validTo.subtract({ days: 1 }), today)}
                </li>`,
            )}
        </ul>`
    }
    ${
      without > 0 &&
      html`<p class="govuk-body">
        <a class="govuk-link" href="/organisation/people?filter=unposted"
          >${without} ${without === 1 ? 'person has' : 'people have'} an account and no posting</a
        >
      </p>`
    }`,
  }
}
