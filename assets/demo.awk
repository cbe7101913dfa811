# A bank's past for trying things out, as an import file for `tellerd import`:
#
#     awk -v today=2026-11-22 -f demo.awk > demo.jsonl
#
# Fifteen months of some forty accounts, up to the day before `today`: the same day gives the same
# file, on every awk. No account is ever overdrawn.

BEGIN {
    if (today !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/) {
        print "demo.awk: give -v today=YYYY-MM-DD" > "/dev/stderr"
        exit 64
    }
    seed = 20250801
    describe_currencies()
    describe_accounts()
    year = substr(today, 1, 4) + 0
    month = substr(today, 6, 2) + 0
    last = days_of(year, month, substr(today, 9, 2) + 0) - 1
    month_number = year * 12 + month - 1 - 15
    first = days_of(int(month_number / 12), month_number % 12 + 1, 1)
    for (day = first; day <= last; day++) {
        live_one_day()
    }
}

# --- Numbers and days

# Whole numbers 0 ... n - 1, from a generator that stays exact in an awk's numbers.
function chance(n) {
    seed = (seed * 16807) % 2147483647
    return int(seed / 2147483647 * n)
}

function one_of(words,    parts, count) {
    count = split(words, parts, "|")
    return parts[chance(count) + 1]
}

# Days since 1970-01-01, in years that begin in March.
function days_of(y, m, d,    era, of_era, of_year) {
    if (m <= 2) y--
    era = int(y / 400)
    of_era = y - era * 400
    of_year = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
    return era * 146097 + of_era * 365 + int(of_era / 4) - int(of_era / 100) + of_year - 719468
}

# Sets date_year, date_month, date_day, date_text and date_weekday (0 is Sunday).
function set_date(days,    shifted, era, of_era, year_of_era, of_year, shifted_month) {
    shifted = days + 719468
    era = int(shifted / 146097)
    of_era = shifted - era * 146097
    year_of_era = int((of_era - int(of_era / 1460) + int(of_era / 36524) \
                       - int(of_era / 146096)) / 365)
    of_year = of_era - (365 * year_of_era + int(year_of_era / 4) - int(year_of_era / 100))
    shifted_month = int((5 * of_year + 2) / 153)
    date_day = of_year - int((153 * shifted_month + 2) / 5) + 1
    date_month = shifted_month + (shifted_month < 10 ? 3 : -9)
    date_year = era * 400 + year_of_era + (date_month <= 2)
    date_text = sprintf("%04d-%02d-%02d", date_year, date_month, date_day)
    date_weekday = (days + 4) % 7
}

# Nine digits of sequence and the check digit (ISO/IEC 7812-1).
function account_number(sequence,    i, digit, sum) {
    for (i = 9; i >= 1; i--) {
        digit = substr(sequence, i, 1) + 0
        if (i % 2 == 1) digit = digit > 4 ? 2 * digit - 9 : 2 * digit
        sum += digit
    }
    return sequence "" ((10 - sum % 10) % 10)
}

# --- Who banks here

# A unit is about what one euro buys; step is what prices are rounded to, note the notes of the
# cash machine; all in minor units.
function currency(code, unit_minor, step_minor, note_minor) {
    unit[code] = unit_minor
    step[code] = step_minor
    note[code] = note_minor
}

function describe_currencies() {
    currency("EUR", 100, 1, 2000)
    currency("CZK", 2500, 100, 50000)
    currency("JPY", 160, 1, 1000)
    currency("GBP", 85, 1, 2000)
    currency("USD", 110, 1, 2000)
    currency("CHF", 95, 5, 2000)
    currency("PLN", 430, 1, 5000)
    currency("UAH", 4800, 50, 50000)
    currency("BHD", 410, 5, 10000)
    currency("INR", 9800, 100, 50000)
    currency("KRW", 1600, 10, 10000)
}

# kind: person, employer, landlord, shop or utility; opened: months after the first.
function account(kind, code, owner, opened, sequence) {
    accounts++
    if (sequence == "") sequence = 100000000 + accounts * 37
    kind_of[accounts] = kind
    code_of[accounts] = code
    owner_of[accounts] = owner
    opened_of[accounts] = opened
    number_of[accounts] = account_number(sequence)
    balance[accounts] = 0
    wage[accounts] = 1700 + chance(24) * 100
    payday[accounts] = 24 + chance(4)
    appetite[accounts] = 25 + chance(25)
}

function describe_accounts() {
    account("employer", "EUR", "Hafen & Söhne GmbH", 0)
    account("employer", "EUR", "Cafés do Mar, Lda.", 0)
    account("landlord", "EUR", "Wohnbau Linden eG", 0)
    account("shop", "EUR", "Markthalle Süd", 0)
    account("shop", "EUR", "Panadería El Sol", 0)
    account("shop", "EUR", "Bäckerei Öztürk", 0)
    account("utility", "EUR", "Stadtwerke Nordufer", 0)
    account("person", "EUR", "González, Zoë", 0, 100000042)
    account("person", "EUR", "Gonzaga, Li 李", 0, 100000977)
    account("person", "EUR", "Gonzales, Pat", 2, 100001201)
    account("person", "EUR", "Müller, Jürgen", 0)
    account("person", "EUR", "Ó Briain, Siobhán", 0)
    account("person", "EUR", "Λαμπράκη, Ελένη", 0)
    account("person", "EUR", "Иванова, Мария", 1)
    account("person", "EUR", "Þórsdóttir, Guðrún", 0)
    account("person", "EUR", "Ferreira, João", 0)
    account("person", "EUR", "Lefèvre, Amélie", 3)
    account("person", "EUR", "Kovač, Željko", 0)
    account("person", "EUR", "D’Angelo, Noè", 5)
    account("person", "EUR", "van den Berg, Saskia", 0)
    account("person", "EUR", "Yılmaz, Işıl", 8)
    account("person", "EUR", "Õunapuu, Mart", 12)
    account("employer", "CZK", "Sklárna Moravia a.s.", 0)
    account("shop", "CZK", "Potraviny U Zvonu", 0)
    account("person", "CZK", "Dvořák, Bedřich", 0)
    account("person", "CZK", "Nováková, Žofie", 0)
    account("person", "CZK", "Říha, Ondřej", 4)
    account("employer", "JPY", "青空製作所", 0)
    account("shop", "JPY", "丸山商店", 0)
    account("person", "JPY", "山田 花子", 0)
    account("person", "JPY", "佐藤 健", 1)
    account("shop", "GBP", "Lighthouse Books Ltd", 0)
    account("person", "GBP", "O’Connor, Fionn", 0)
    account("person", "GBP", "Achebe, Adaeze", 2)
    account("employer", "USD", "Prairie Tools Inc.", 0)
    account("person", "USD", "Nguyễn, Thị Hạnh", 0)
    account("person", "USD", "כהן, רות", 6)
    account("person", "CHF", "Zgraggen, Reto", 0)
    account("person", "PLN", "Wiśniewska, Łucja", 0)
    account("person", "UAH", "Шевченко, Оксана", 3)
    account("person", "BHD", "الخليفة، سارة", 0)
    account("person", "INR", "शर्मा, आरती", 7)
    account("person", "KRW", "김민준", 9)
}

# --- What happens: events are planned for a day, sorted by time, and done if there is money

function plan(hour_from, hour_to, what, from, to, amount, reference,    at) {
    planned++
    at = (hour_from * 60 + chance((hour_to - hour_from) * 60)) * 60 + chance(60)
    when[planned] = at * 1000000 + chance(1000000)
    what_of[planned] = what
    from_of[planned] = from
    to_of[planned] = to
    amount_of[planned] = amount
    reference_of[planned] = reference
}

# Between so many units, in the account's currency.
function price(i, low, high,    cents, code) {
    code = code_of[i]
    cents = low * 100 + chance((high - low) * 100)
    return step[code] * (1 + int(cents * unit[code] / 100 / step[code]))
}

function notes(i,    code) {
    code = code_of[i]
    return note[code] * (1 + chance(4))
}

# Another account of this kind in the same currency, or 0.
function other(i, kind,    j, found, candidates) {
    for (j = 1; j <= accounts; j++) {
        if (j != i && kind_of[j] == kind && code_of[j] == code_of[i] && is_open[j]) {
            candidates[++found] = j
        }
    }
    return found ? candidates[chance(found) + 1] : 0
}

# To an account of the bank when there is one, else out of the house.
function pay(hour_from, hour_to, i, kind, amount, reference,    j) {
    j = other(i, kind)
    plan(hour_from, hour_to, j ? "transfer" : "withdraw", i, j, amount, reference)
}

function month_name() {
    return sprintf("%04d-%02d", date_year, date_month)
}

function live_person(i,    j) {
    if (date_day == payday[i]) {
        j = other(i, "employer")
        plan(5, 7, j ? "transfer" : "deposit", j, i, wage[i] * unit[code_of[i]],
             "Salary " month_name())
    }
    if (date_day == 2) pay(6, 8, i, "landlord", int(wage[i] * 0.3) * unit[code_of[i]],
                           "Rent " month_name())
    if (date_day == 5) pay(6, 8, i, "utility", price(i, 40, 130), "Electricity and water")
    if (date_day == 11) plan(6, 8, "withdraw", i, 0, price(i, 15, 45), "Telephone")
    if (date_day == 28) plan(6, 8, "withdraw", i, 0, price(i, 150, 500), "Savings plan")
    if (chance(100) < appetite[i]) {
        pay(8, 20, i, "shop", price(i, 4, 85), one_of("Groceries|Groceries|Bread|Market|Lunch"))
    }
    if (chance(100) < 7) plan(9, 22, "withdraw", i, 0, notes(i), "Cash machine")
    if (chance(100) < 2) plan(9, 16, "deposit", 0, i, notes(i), "Cash at the counter")
    if (chance(100) < 3 && (j = other(i, "person"))) {
        plan(10, 23, "transfer", i, j, price(i, 5, 60), one_of("Thank you!|Café Zoë 日本|" \
             "Concert tickets|Geburtstag 🎂|Obrigado|Kino|Dinner on Friday|Σινεμά|お祝い"))
    }
}

function live_company(i) {
    if (kind_of[i] == "employer" && date_weekday >= 1 && date_weekday <= 5) {
        plan(9, 17, "deposit", 0, i, price(i, 700, 2300), "Invoice " (1000 + chance(9000)))
    }
    if (date_weekday == 1 && balance[i] > 0 && (kind_of[i] == "shop" || kind_of[i] == "utility")) {
        plan(9, 12, "withdraw", i, 0, int(balance[i] * 0.6 / step[code_of[i]]) * step[code_of[i]],
             "Suppliers")
    }
    if (date_day == 15) plan(8, 9, "withdraw", i, 0, price(i, 300, 900), "Taxes " month_name())
}

function live_one_day(    i, j, earliest) {
    set_date(day)
    planned = 0
    for (i = 1; i <= accounts; i++) {
        if (!is_open[i]) {
            if (day >= first + opened_of[i] * 30) plan(8, 9, "open", i, i, 0, "")
        } else if (kind_of[i] == "person") {
            live_person(i)
        } else {
            live_company(i)
        }
    }
    for (i = 1; i <= planned; i++) done[i] = 0
    for (i = 1; i <= planned; i++) {
        earliest = 0
        for (j = 1; j <= planned; j++) {
            if (!done[j] && (!earliest || when[j] < when[earliest])) earliest = j
        }
        done[earliest] = 1
        carry_out(earliest)
    }
}

function line(e, op, args,    second) {
    commands++
    second = int(when[e] / 1000000)
    printf "{\"at\":\"%sT%02d:%02d:%02d.%06dZ\",", date_text, int(second / 3600),
        int(second / 60) % 60, second % 60, when[e] % 1000000
    printf "\"op\":\"%s\",\"key\":\"demo-%06d\",\"args\":{%s}}\n", op, commands, args
}

function text(name, value) {
    return "\"" name "\":\"" value "\""
}

function carry_out(e,    from, to, amount, tail, money) {
    from = from_of[e]
    to = to_of[e]
    if (what_of[e] == "open") {
        amount = price(to, 600, 3800) * (kind_of[to] == "person" ? 1 : 12)
        balance[to] = amount
        is_open[to] = 1
        line(e, "CreateAccount", text("owner", owner_of[to]) "," text("currency", code_of[to]) \
             sprintf(",\"initial_balance\":%.0f,", amount) text("account", number_of[to]))
        return
    }
    amount = amount_of[e]
    if (amount < 1 || (what_of[e] != "deposit" && balance[from] < amount)) return
    tail = sprintf(",\"amount\":%.0f,", amount) text("reference", reference_of[e])
    if (what_of[e] == "deposit") {
        balance[to] += amount
        line(e, "DepositMoney", text("account", number_of[to]) tail)
    } else if (what_of[e] == "withdraw") {
        balance[from] -= amount
        line(e, "WithdrawMoney", text("account", number_of[from]) tail)
    } else {
        balance[from] -= amount
        balance[to] += amount
        line(e, "TransferMoney",
             text("from", number_of[from]) "," text("to", number_of[to]) tail)
    }
}
