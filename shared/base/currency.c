#include "base/currency.h"

#include <string.h>

/* X(code, number, exponent, name), ordered by code. The list one of 2026; the name is the
 * standard's. */
#define CURRENCY_TABLE(X)                                                                          \
    X(AED, 784, 2, "UAE Dirham")                                                                   \
    X(AFN, 971, 2, "Afghani")                                                                      \
    X(ALL, 8, 2, "Lek")                                                                            \
    X(AMD, 51, 2, "Armenian Dram")                                                                 \
    X(AOA, 973, 2, "Kwanza")                                                                       \
    X(ARS, 32, 2, "Argentine Peso")                                                                \
    X(AUD, 36, 2, "Australian Dollar")                                                             \
    X(AWG, 533, 2, "Aruban Florin")                                                                \
    X(AZN, 944, 2, "Azerbaijan Manat")                                                             \
    X(BAM, 977, 2, "Convertible Mark")                                                             \
    X(BBD, 52, 2, "Barbados Dollar")                                                               \
    X(BDT, 50, 2, "Taka")                                                                          \
    X(BHD, 48, 3, "Bahraini Dinar")                                                                \
    X(BIF, 108, 0, "Burundi Franc")                                                                \
    X(BMD, 60, 2, "Bermudian Dollar")                                                              \
    X(BND, 96, 2, "Brunei Dollar")                                                                 \
    X(BOB, 68, 2, "Boliviano")                                                                     \
    X(BOV, 984, 2, "Mvdol")                                                                        \
    X(BRL, 986, 2, "Brazilian Real")                                                               \
    X(BSD, 44, 2, "Bahamian Dollar")                                                               \
    X(BTN, 64, 2, "Ngultrum")                                                                      \
    X(BWP, 72, 2, "Pula")                                                                          \
    X(BYN, 933, 2, "Belarusian Ruble")                                                             \
    X(BZD, 84, 2, "Belize Dollar")                                                                 \
    X(CAD, 124, 2, "Canadian Dollar")                                                              \
    X(CDF, 976, 2, "Congolese Franc")                                                              \
    X(CHE, 947, 2, "WIR Euro")                                                                     \
    X(CHF, 756, 2, "Swiss Franc")                                                                  \
    X(CHW, 948, 2, "WIR Franc")                                                                    \
    X(CLF, 990, 4, "Unidad de Fomento")                                                            \
    X(CLP, 152, 0, "Chilean Peso")                                                                 \
    X(CNY, 156, 2, "Yuan Renminbi")                                                                \
    X(COP, 170, 2, "Colombian Peso")                                                               \
    X(COU, 970, 2, "Unidad de Valor Real")                                                         \
    X(CRC, 188, 2, "Costa Rican Colon")                                                            \
    X(CUP, 192, 2, "Cuban Peso")                                                                   \
    X(CVE, 132, 2, "Cabo Verde Escudo")                                                            \
    X(CZK, 203, 2, "Czech Koruna")                                                                 \
    X(DJF, 262, 0, "Djibouti Franc")                                                               \
    X(DKK, 208, 2, "Danish Krone")                                                                 \
    X(DOP, 214, 2, "Dominican Peso")                                                               \
    X(DZD, 12, 2, "Algerian Dinar")                                                                \
    X(EGP, 818, 2, "Egyptian Pound")                                                               \
    X(ERN, 232, 2, "Nakfa")                                                                        \
    X(ETB, 230, 2, "Ethiopian Birr")                                                               \
    X(EUR, 978, 2, "Euro")                                                                         \
    X(FJD, 242, 2, "Fiji Dollar")                                                                  \
    X(FKP, 238, 2, "Falkland Islands Pound")                                                       \
    X(GBP, 826, 2, "Pound Sterling")                                                               \
    X(GEL, 981, 2, "Lari")                                                                         \
    X(GHS, 936, 2, "Ghana Cedi")                                                                   \
    X(GIP, 292, 2, "Gibraltar Pound")                                                              \
    X(GMD, 270, 2, "Dalasi")                                                                       \
    X(GNF, 324, 0, "Guinean Franc")                                                                \
    X(GTQ, 320, 2, "Quetzal")                                                                      \
    X(GYD, 328, 2, "Guyana Dollar")                                                                \
    X(HKD, 344, 2, "Hong Kong Dollar")                                                             \
    X(HNL, 340, 2, "Lempira")                                                                      \
    X(HTG, 332, 2, "Gourde")                                                                       \
    X(HUF, 348, 2, "Forint")                                                                       \
    X(IDR, 360, 2, "Rupiah")                                                                       \
    X(ILS, 376, 2, "New Israeli Sheqel")                                                           \
    X(INR, 356, 2, "Indian Rupee")                                                                 \
    X(IQD, 368, 3, "Iraqi Dinar")                                                                  \
    X(IRR, 364, 2, "Iranian Rial")                                                                 \
    X(ISK, 352, 0, "Iceland Krona")                                                                \
    X(JMD, 388, 2, "Jamaican Dollar")                                                              \
    X(JOD, 400, 3, "Jordanian Dinar")                                                              \
    X(JPY, 392, 0, "Yen")                                                                          \
    X(KES, 404, 2, "Kenyan Shilling")                                                              \
    X(KGS, 417, 2, "Som")                                                                          \
    X(KHR, 116, 2, "Riel")                                                                         \
    X(KMF, 174, 0, "Comorian Franc")                                                               \
    X(KPW, 408, 2, "North Korean Won")                                                             \
    X(KRW, 410, 0, "Won")                                                                          \
    X(KWD, 414, 3, "Kuwaiti Dinar")                                                                \
    X(KYD, 136, 2, "Cayman Islands Dollar")                                                        \
    X(KZT, 398, 2, "Tenge")                                                                        \
    X(LAK, 418, 2, "Lao Kip")                                                                      \
    X(LBP, 422, 2, "Lebanese Pound")                                                               \
    X(LKR, 144, 2, "Sri Lanka Rupee")                                                              \
    X(LRD, 430, 2, "Liberian Dollar")                                                              \
    X(LSL, 426, 2, "Loti")                                                                         \
    X(LYD, 434, 3, "Libyan Dinar")                                                                 \
    X(MAD, 504, 2, "Moroccan Dirham")                                                              \
    X(MDL, 498, 2, "Moldovan Leu")                                                                 \
    X(MGA, 969, 2, "Malagasy Ariary")                                                              \
    X(MKD, 807, 2, "Denar")                                                                        \
    X(MMK, 104, 2, "Kyat")                                                                         \
    X(MNT, 496, 2, "Tugrik")                                                                       \
    X(MOP, 446, 2, "Pataca")                                                                       \
    X(MRU, 929, 2, "Ouguiya")                                                                      \
    X(MUR, 480, 2, "Mauritius Rupee")                                                              \
    X(MVR, 462, 2, "Rufiyaa")                                                                      \
    X(MWK, 454, 2, "Malawi Kwacha")                                                                \
    X(MXN, 484, 2, "Mexican Peso")                                                                 \
    X(MXV, 979, 2, "Mexican Unidad de Inversion (UDI)")                                            \
    X(MYR, 458, 2, "Malaysian Ringgit")                                                            \
    X(MZN, 943, 2, "Mozambique Metical")                                                           \
    X(NAD, 516, 2, "Namibia Dollar")                                                               \
    X(NGN, 566, 2, "Naira")                                                                        \
    X(NIO, 558, 2, "Cordoba Oro")                                                                  \
    X(NOK, 578, 2, "Norwegian Krone")                                                              \
    X(NPR, 524, 2, "Nepalese Rupee")                                                               \
    X(NZD, 554, 2, "New Zealand Dollar")                                                           \
    X(OMR, 512, 3, "Rial Omani")                                                                   \
    X(PAB, 590, 2, "Balboa")                                                                       \
    X(PEN, 604, 2, "Sol")                                                                          \
    X(PGK, 598, 2, "Kina")                                                                         \
    X(PHP, 608, 2, "Philippine Peso")                                                              \
    X(PKR, 586, 2, "Pakistan Rupee")                                                               \
    X(PLN, 985, 2, "Zloty")                                                                        \
    X(PYG, 600, 0, "Guarani")                                                                      \
    X(QAR, 634, 2, "Qatari Rial")                                                                  \
    X(RON, 946, 2, "Romanian Leu")                                                                 \
    X(RSD, 941, 2, "Serbian Dinar")                                                                \
    X(RUB, 643, 2, "Russian Ruble")                                                                \
    X(RWF, 646, 0, "Rwanda Franc")                                                                 \
    X(SAR, 682, 2, "Saudi Riyal")                                                                  \
    X(SBD, 90, 2, "Solomon Islands Dollar")                                                        \
    X(SCR, 690, 2, "Seychelles Rupee")                                                             \
    X(SDG, 938, 2, "Sudanese Pound")                                                               \
    X(SEK, 752, 2, "Swedish Krona")                                                                \
    X(SGD, 702, 2, "Singapore Dollar")                                                             \
    X(SHP, 654, 2, "Saint Helena Pound")                                                           \
    X(SLE, 925, 2, "Leone")                                                                        \
    X(SOS, 706, 2, "Somali Shilling")                                                              \
    X(SRD, 968, 2, "Surinam Dollar")                                                               \
    X(SSP, 728, 2, "South Sudanese Pound")                                                         \
    X(STN, 930, 2, "Dobra")                                                                        \
    X(SVC, 222, 2, "El Salvador Colon")                                                            \
    X(SYP, 760, 2, "Syrian Pound")                                                                 \
    X(SZL, 748, 2, "Lilangeni")                                                                    \
    X(THB, 764, 2, "Baht")                                                                         \
    X(TJS, 972, 2, "Somoni")                                                                       \
    X(TMT, 934, 2, "Turkmenistan New Manat")                                                       \
    X(TND, 788, 3, "Tunisian Dinar")                                                               \
    X(TOP, 776, 2, "Pa’anga")                                                                      \
    X(TRY, 949, 2, "Turkish Lira")                                                                 \
    X(TTD, 780, 2, "Trinidad and Tobago Dollar")                                                   \
    X(TWD, 901, 2, "New Taiwan Dollar")                                                            \
    X(TZS, 834, 2, "Tanzanian Shilling")                                                           \
    X(UAH, 980, 2, "Hryvnia")                                                                      \
    X(UGX, 800, 0, "Uganda Shilling")                                                              \
    X(USD, 840, 2, "US Dollar")                                                                    \
    X(USN, 997, 2, "US Dollar (Next day)")                                                         \
    X(UYI, 940, 0, "Uruguay Peso en Unidades Indexadas (UI)")                                      \
    X(UYU, 858, 2, "Peso Uruguayo")                                                                \
    X(UYW, 927, 4, "Unidad Previsional")                                                           \
    X(UZS, 860, 2, "Uzbekistan Sum")                                                               \
    X(VED, 926, 2, "Bolívar Soberano")                                                             \
    X(VES, 928, 2, "Bolívar Soberano")                                                             \
    X(VND, 704, 0, "Dong")                                                                         \
    X(VUV, 548, 0, "Vatu")                                                                         \
    X(WST, 882, 2, "Tala")                                                                         \
    X(XAD, 396, 2, "Arab Accounting Dinar")                                                        \
    X(XAF, 950, 0, "CFA Franc BEAC")                                                               \
    X(XCD, 951, 2, "East Caribbean Dollar")                                                        \
    X(XCG, 532, 2, "Caribbean Guilder")                                                            \
    X(XOF, 952, 0, "CFA Franc BCEAO")                                                              \
    X(XPF, 953, 0, "CFP Franc")                                                                    \
    X(YER, 886, 2, "Yemeni Rial")                                                                  \
    X(ZAR, 710, 2, "Rand")                                                                         \
    X(ZMW, 967, 2, "Zambian Kwacha")                                                               \
    X(ZWG, 924, 2, "Zimbabwe Gold")

#define CURRENCY_NUMBER_MAX 999

#define CURRENCY_ROW(code, number, exponent, name) {#code, number, exponent, name},
static const struct currency currencies[] = {CURRENCY_TABLE(CURRENCY_ROW)};
#undef CURRENCY_ROW

#define CURRENCY_COUNT (sizeof(currencies) / sizeof(currencies[0]))

#define CURRENCY_PLACE(code, number, exponent, name) CURRENCY_##code,
enum currency_place { CURRENCY_TABLE(CURRENCY_PLACE) };
#undef CURRENCY_PLACE

/* Place in the table plus one; 0 where the number belongs to no currency. */
#define CURRENCY_INDEX(code, number, exponent, name) [number] = CURRENCY_##code + 1,
static const uint8_t by_number[CURRENCY_NUMBER_MAX + 1] = {CURRENCY_TABLE(CURRENCY_INDEX)};
#undef CURRENCY_INDEX

const struct currency *currency_by_code(struct text code)
{
    if (code.size != 3) {
        return NULL;
    }
    size_t low = 0;
    size_t high = CURRENCY_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(code.data, currencies[middle].code, 3);
        if (order == 0) {
            return &currencies[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct currency *currency_by_number(uint16_t number)
{
    if (number > CURRENCY_NUMBER_MAX || by_number[number] == 0) {
        return NULL;
    }
    return &currencies[by_number[number] - 1];
}

const struct currency *currency_all(size_t *count)
{
    *count = CURRENCY_COUNT;
    return currencies;
}

const char *currency_code(uint16_t number)
{
    const struct currency *currency = currency_by_number(number);
    return currency == NULL ? "???" : currency->code;
}

unsigned currency_exponent(uint16_t number)
{
    const struct currency *currency = currency_by_number(number);
    return currency == NULL ? 2 : currency->exponent;
}
