#include "recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/account_number.h"
#include "contract/messages.h"
#include "stats.h"
#include "wire/wire.h"

#define BYTES_MAX (64u << 20)
#define KEY_SIZE 20

/* What stands where the real thing will: found again after encoding. */
#define FROM_MARK account_from_sequence(271828182)
#define TO_MARK account_from_sequence(314159265)
#define KEY_MARK "k-0000-bench-marker-"
#define ID_MARK UINT64_C(0xa1b2c3d4e5f60718)

_Static_assert(sizeof KEY_MARK == KEY_SIZE + 1, "a key is patched in place");

void crowd_init(struct crowd *crowd, size_t count)
{
    *crowd = (struct crowd){.count = count, .random = UINT64_C(88172645463325252)};
    crowd->next_key = (uint64_t)now_ns(); /* keys live as long as their bank */
    crowd->digits = malloc(count * DIGITS);
    CHECK(crowd->digits != NULL);
    for (size_t i = 0; i < count; i++) {
        char text[ACCOUNT_TEXT_MAX];
        (void)account_print(crowd_account(crowd, i), text);
        memcpy(crowd->digits[i], text, DIGITS);
    }
}

void crowd_close(struct crowd *crowd)
{
    free(crowd->digits);
    *crowd = (struct crowd){0};
}

uint64_t crowd_draw(struct crowd *crowd)
{
    crowd->random ^= crowd->random << 13;
    crowd->random ^= crowd->random >> 7;
    crowd->random ^= crowd->random << 17;
    return crowd->random * UINT64_C(2685821657736338717);
}

uint64_t crowd_account(const struct crowd *crowd, size_t index)
{
    CHECK(index < crowd->count);
    return account_from_sequence(ACCOUNT_SEQUENCE_FIRST + (uint32_t)index);
}

static size_t below(struct crowd *crowd, size_t bound)
{
    return (size_t)(((crowd_draw(crowd) >> 32) * bound) >> 32);
}

static size_t find(const struct bytes *bytes, size_t at, const void *mark, size_t size)
{
    const uint8_t *hit = memmem(bytes->data + at, bytes->size - at, mark, size);
    return hit == NULL ? RECIPE_NONE : (size_t)(hit - bytes->data);
}

static size_t find_account(const struct bytes *bytes, size_t at, uint64_t account)
{
    char text[ACCOUNT_TEXT_MAX];
    return find(bytes, at, account_print(account, text), DIGITS);
}

static void find_spots(struct recipe *recipe, size_t count)
{
    const struct bytes *bytes = &recipe->bytes;
    uint8_t id[8];
    CHECK(!bytes->overflow);
    for (size_t i = 0; i < sizeof id; i++)
        id[i] = (uint8_t)(ID_MARK >> (56 - 8 * i));
    recipe->id = find(bytes, 0, id, sizeof id);
    recipe->spots = calloc(count + 1, sizeof *recipe->spots);
    CHECK(recipe->spots != NULL);
    recipe->spot_count = count;
    for (size_t i = 0, from = 0, to = 0, key = 0; i < count; i++) {
        struct recipe_spot *spot = &recipe->spots[i];
        *spot = (struct recipe_spot){
            .from = find_account(bytes, from, FROM_MARK),
            .to = find_account(bytes, to, TO_MARK),
            .key = find(bytes, key, KEY_MARK, KEY_SIZE),
        };
        CHECK(spot->from != RECIPE_NONE);
        from = spot->from + 1;
        to = spot->to == RECIPE_NONE ? bytes->size : spot->to + 1;
        key = spot->key == RECIPE_NONE ? bytes->size : spot->key + 1;
    }
}

static void encode(struct recipe *recipe, const struct daemon *daemon, enum op op, struct text key,
                   const void *args)
{
    struct wire_id id = {.type = WIRE_ID_NUMBER, .number = ID_MARK};
    bytes_init(&recipe->bytes, BYTES_MAX);
    wire_encode_request(&recipe->bytes, id, message_of(op), text_of(daemon->key), key, args);
}

static struct transfer_money marked_transfer(void)
{
    return (struct transfer_money){
        .given = 1u << TRANSFER_MONEY_FROM | 1u << TRANSFER_MONEY_TO | 1u << TRANSFER_MONEY_AMOUNT,
        .from = FROM_MARK,
        .to = TO_MARK,
        .amount = money(1),
    };
}

static struct text marked_key(bool keyed)
{
    return text_of(keyed ? KEY_MARK : NULL);
}

void recipe_zmq_transfer(struct recipe *recipe, const struct daemon *daemon, bool keyed)
{
    struct transfer_money args = marked_transfer();
    encode(recipe, daemon, OP_TRANSFER_MONEY, marked_key(keyed), &args);
    find_spots(recipe, 1);
}

void recipe_zmq_batch(struct recipe *recipe, const struct daemon *daemon, size_t count, bool keyed)
{
    struct transfer_money transfer = marked_transfer();
    struct batch_command *commands = calloc(count, sizeof *commands);
    CHECK(commands != NULL);
    for (size_t i = 0; i < count; i++) {
        commands[i] = (struct batch_command){
            .given = 1u << BATCH_COMMAND_OP | 1u << BATCH_COMMAND_ARGS |
                     (keyed ? 1u << BATCH_COMMAND_KEY : 0),
            .op = 3, /* of batch_op_names */
            .key = marked_key(keyed),
            .args = {.shape = &transfer_money_shape, .value = &transfer},
        };
    }
    struct batch args = {.given = 1u << BATCH_COMMANDS, .commands = {commands, count}};
    encode(recipe, daemon, OP_BATCH, text_of(NULL), &args);
    find_spots(recipe, count);
    free(commands);
}

void recipe_zmq_balance(struct recipe *recipe, const struct daemon *daemon)
{
    struct balance_query args = {.given = 1u << BALANCE_ACCOUNT, .account = FROM_MARK};
    encode(recipe, daemon, OP_GET_BALANCE, text_of(NULL), &args);
    find_spots(recipe, 1);
}

void recipe_http_transfer(struct recipe *recipe, const char *address, const char *key, bool keyed)
{
    char from[ACCOUNT_TEXT_MAX], to[ACCOUNT_TEXT_MAX], body[128];
    int size = snprintf(body, sizeof body, "{\"from\":\"%s\",\"to\":\"%s\",\"amount\":1}",
                        account_print(FROM_MARK, from), account_print(TO_MARK, to));
    bytes_init(&recipe->bytes, BYTES_MAX);
    bytes_print(&recipe->bytes,
                "POST /accounts/transfer HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                "%s%s%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                address, key, keyed ? "Idempotency-Key: " : "", keyed ? KEY_MARK : "",
                keyed ? "\r\n" : "", size, body);
    find_spots(recipe, 1);
}

void recipe_http_balance(struct recipe *recipe, const char *address, const char *key)
{
    char from[ACCOUNT_TEXT_MAX];
    bytes_init(&recipe->bytes, BYTES_MAX);
    bytes_print(&recipe->bytes,
                "GET /accounts/%s/balance HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n",
                account_print(FROM_MARK, from), address, key);
    find_spots(recipe, 1);
}

void recipe_echo(struct recipe *recipe, size_t size)
{
    struct wire_id id = {.type = WIRE_ID_NUMBER, .number = ID_MARK};
    bytes_init(&recipe->bytes, BYTES_MAX);
    wire_encode_result(&recipe->bytes, id, false, (struct any){0});
    while (recipe->bytes.size < size)
        bytes_put_u8(&recipe->bytes, 0);
    find_spots(recipe, 0);
}

void recipe_close(struct recipe *recipe)
{
    bytes_close(&recipe->bytes);
    free(recipe->spots);
    *recipe = (struct recipe){0};
}

static void put_id(struct recipe *recipe, uint64_t id)
{
    for (size_t i = 0; i < 8 && recipe->id != RECIPE_NONE; i++)
        recipe->bytes.data[recipe->id + i] = (uint8_t)(id >> (56 - 8 * i));
}

static void put_key(uint8_t *at, uint64_t key)
{
    for (size_t i = KEY_SIZE; i > 0; i--, key /= 10)
        at[i - 1] = (uint8_t)('0' + key % 10);
}

size_t recipe_fill(struct recipe *recipe, struct crowd *crowd, uint64_t id)
{
    uint8_t *data = recipe->bytes.data;
    size_t first = 0;
    put_id(recipe, id);
    for (size_t i = 0; i < recipe->spot_count; i++) {
        const struct recipe_spot *spot = &recipe->spots[i];
        size_t from = below(crowd, crowd->count);
        size_t to = (from + 1 + below(crowd, crowd->count - 1)) % crowd->count;
        first = i == 0 ? from : first;
        memcpy(data + spot->from, crowd->digits[from], DIGITS);
        if (spot->to != RECIPE_NONE)
            memcpy(data + spot->to, crowd->digits[to], DIGITS);
        if (spot->key != RECIPE_NONE)
            put_key(data + spot->key, crowd->next_key++);
    }
    return first;
}

void recipe_about(struct recipe *recipe, const struct crowd *crowd, size_t account, uint64_t id)
{
    put_id(recipe, id);
    for (size_t i = 0; i < recipe->spot_count; i++)
        memcpy(recipe->bytes.data + recipe->spots[i].from, crowd->digits[account], DIGITS);
}
