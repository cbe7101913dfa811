/* assets/openapi.yaml against the message table, both ways: what one of them says and the other
 * does not is a failure. The document is read as the program carries it. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "contract/messages.h"
#include "rest/openapi.h"

static json_t *document;

static int read_document(void **state)
{
    (void)state;
    json_error_t error;
    document =
        json_loadb((const char *)openapi_json, openapi_json_size, JSON_REJECT_DUPLICATES, &error);
    return document == NULL;
}

static int drop_document(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

/* The value a "$ref" leads to, or the value itself. */
static json_t *follow(json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    if (reference == NULL) {
        return value;
    }
    char path[256];
    assert_true(strncmp(reference, "#/", 2) == 0 && strlen(reference) < sizeof(path));
    strcpy(path, reference + 2);
    json_t *at = document;
    for (char *name = strtok(path, "/"); name != NULL; name = strtok(NULL, "/")) {
        at = json_object_get(at, name);
    }
    if (at == NULL) {
        fail_msg("%s leads nowhere", reference);
    }
    return at;
}

static const char *reference_name(json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    return reference == NULL ? "" : strrchr(reference, '/') + 1;
}

static json_t *operation_of(const struct message *message)
{
    char method[16] = "";
    for (size_t i = 0; message->method[i] != '\0' && i < sizeof(method) - 1; i++) {
        method[i] = (char)(message->method[i] | 0x20);
        method[i + 1] = '\0';
    }
    json_t *path = json_object_get(json_object_get(document, "paths"), message->path);
    return json_object_get(path, method);
}

static bool has_body(const struct message *message)
{
    return strcmp(message->method, "GET") != 0 && strcmp(message->method, "DELETE") != 0;
}

static bool holds(json_t *array, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        if (strcmp(json_string_value(item), text) == 0) {
            return true;
        }
    }
    return false;
}

/* A parameter of an operation by its name, in one of the places. */
static json_t *parameter_of(json_t *operation, const char *in, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(operation, "parameters"), i, item)
    {
        json_t *parameter = follow(item);
        if (strcmp(json_string_value(json_object_get(parameter, "in")), in) == 0 &&
            strcmp(json_string_value(json_object_get(parameter, "name")), name) == 0) {
            return parameter;
        }
    }
    return NULL;
}

static size_t count_parameters(json_t *operation, const char *in)
{
    size_t i, count = 0;
    json_t *item;
    json_array_foreach(json_object_get(operation, "parameters"), i, item)
    {
        count += strcmp(json_string_value(json_object_get(follow(item), "in")), in) == 0;
    }
    return count;
}

static void expect_bound(const char *where, const struct field *field, json_t *schema,
                         const char *bound, int64_t value)
{
    json_t *said = json_object_get(schema, bound);
    if (said != NULL && json_integer_value(said) != value) {
        fail_msg("%s.%s: %s is %lld, not %lld", where, field->name.data, bound,
                 (long long)json_integer_value(said), (long long)value);
    }
}

static void expect_names(const char *where, const struct field *field, json_t *schema)
{
    size_t i;
    json_t *item;
    json_t *names = json_object_get(schema, "enum");
    if (names == NULL) {
        fail_msg("%s.%s: no enum", where, field->name.data);
    }
    json_array_foreach(names, i, item)
    {
        bool known = false;
        for (size_t k = 0; field->names[k] != NULL; k++) {
            known = known || strcmp(field->names[k], json_string_value(item)) == 0;
        }
        if (!known) {
            fail_msg("%s.%s: no %s", where, field->name.data, json_string_value(item));
        }
    }
}

/* What the document says of a field of a request is what the binding holds it to. */
static void expect_field(const char *where, const struct field *field, json_t *schema)
{
    schema = follow(schema);
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SECRET:
    case FIELD_KEY:
        if (json_object_get(schema, "pattern") == NULL) {
            assert_non_null(json_object_get(schema, "maxLength"));
        }
        expect_bound(where, field, schema, "maxLength",
                     field->type == FIELD_KEY ? 255 : field->max);
        expect_bound(where, field, schema, "minLength", field->type == FIELD_KEY ? 1 : field->min);
        break;
    case FIELD_UINT:
    case FIELD_MONEY:
        assert_string_equal(json_string_value(json_object_get(schema, "type")), "integer");
        assert_non_null(json_object_get(schema, "minimum"));
        expect_bound(where, field, schema, "minimum", field->min);
        expect_bound(where, field, schema, "maximum", field->max);
        break;
    case FIELD_ENUM:
        expect_names(where, field, schema);
        break;
    case FIELD_SET:
        expect_names(where, field, follow(json_object_get(schema, "items")));
        break;
    case FIELD_LIST:
        expect_bound(where, field, schema, "minItems", field->min);
        expect_bound(where, field, schema, "maxItems", field->max);
        break;
    case FIELD_BOOL:
        assert_string_equal(json_string_value(json_object_get(schema, "type")), "boolean");
        break;
    default:
        break;
    }
}

/* Whether the first sentence does: the one about roles. */
static bool names_role(const char *told, const char *quoted)
{
    const char *found = strstr(told, quoted), *end = strchr(told, '.');
    return found != NULL && end != NULL && found < end;
}

static void every_message_with_a_path_is_an_operation(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        if (message->method == NULL) {
            continue;
        }
        json_t *operation = operation_of(message);
        if (operation == NULL) {
            fail_msg("no %s %s", message->method, message->path);
        }
        assert_string_equal(json_string_value(json_object_get(operation, "operationId")),
                            message->name);
        for (unsigned role = 0; role < ROLE_COUNT; role++) {
            char quoted[32];
            (void)snprintf(quoted, sizeof(quoted), "`%s`", role_names[role]);
            const char *told = json_string_value(json_object_get(operation, "description"));
            bool may = (message->roles & ROLE_BIT(role)) != 0;
            assert_non_null(told);
            /* What follows the first sentence may name a role to say more of it. */
            if (may ? strstr(told, quoted) == NULL : names_role(told, quoted)) {
                fail_msg("%s: %s", message->name, quoted);
            }
        }
    }
}

static void every_operation_is_a_message_or_a_page(void **state)
{
    (void)state;
    static const char *const pages[] = {"/livez", "/readyz", "/metrics", "/openapi.json",
                                        "/problems/{code}"};
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            const char *id = json_string_value(json_object_get(operation, "operationId"));
            assert_non_null(id);
            const struct message *message = message_by_name(text_of(id));
            bool page = false;
            for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
                page = page || strcmp(pages[i], path) == 0;
            }
            if (!page && (message == NULL || operation_of(message) != operation)) {
                fail_msg("%s %s is nothing of ours", method, path);
            }
            assert_int_equal(page, json_object_get(operation, "security") != NULL);
        }
    }
}

static void parameters_are_those_of_the_table(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        if (message->method == NULL) {
            continue;
        }
        json_t *operation = operation_of(message);
        size_t paths = 0, queries = 0;
        for (size_t i = 0; i < message->args->count; i++) {
            const struct field *field = &message->args->fields[i];
            bool in_path = (field->flags & FIELD_IN_PATH) != 0;
            if ((field->flags & FIELD_ZMQ_ONLY) != 0 || (!in_path && has_body(message))) {
                continue;
            }
            json_t *parameter =
                parameter_of(operation, in_path ? "path" : "query", field->name.data);
            if (parameter == NULL) {
                fail_msg("%s: no parameter %s", message->name, field->name.data);
            }
            if (json_is_true(json_object_get(parameter, "required")) !=
                ((field->flags & FIELD_REQUIRED) != 0)) {
                fail_msg("%s: %s is required or not", message->name, field->name.data);
            }
            expect_field(message->name, field, json_object_get(parameter, "schema"));
            paths += in_path;
            queries += !in_path;
        }
        assert_int_equal(count_parameters(operation, "path"), paths);
        assert_int_equal(count_parameters(operation, "query"), queries);
        bool keyed = message->kind == MESSAGE_COMMAND && message->op != OP_BATCH;
        assert_int_equal(parameter_of(operation, "header", "Idempotency-Key") != NULL, keyed);
    }
}

/* The schema of a request body, and those of the objects in its lists. */
static void expect_request_schema(const struct shape *shape, json_t *reference)
{
    json_t *schema = follow(reference);
    json_t *properties = json_object_get(schema, "properties");
    size_t count = 0;
    assert_string_equal(reference_name(reference), shape->name);
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        if ((field->flags & FIELD_IN_PATH) != 0) {
            continue;
        }
        json_t *property = json_object_get(properties, field->name.data);
        if (property == NULL) {
            fail_msg("%s: no %s", shape->name, field->name.data);
        }
        if (holds(json_object_get(schema, "required"), field->name.data) !=
            ((field->flags & FIELD_REQUIRED) != 0)) {
            fail_msg("%s: %s is required or not", shape->name, field->name.data);
        }
        expect_field(shape->name, field, property);
        if (field->type == FIELD_LIST) {
            expect_request_schema(field->shape, json_object_get(property, "items"));
        }
        count++;
    }
    assert_int_equal(json_object_size(properties), count);
}

static void bodies_are_those_of_the_table(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        if (message->method == NULL) {
            continue;
        }
        json_t *body = json_object_get(operation_of(message), "requestBody");
        bool in_body = false, needed = false;
        for (size_t i = 0; i < message->args->count; i++) {
            uint32_t flags = message->args->fields[i].flags;
            in_body = in_body || (flags & FIELD_IN_PATH) == 0;
            needed = needed || (flags & (FIELD_IN_PATH | FIELD_REQUIRED)) == FIELD_REQUIRED;
        }
        in_body = in_body && has_body(message);
        if (in_body != (body != NULL)) {
            fail_msg("%s: a body or none", message->name);
        }
        if (body == NULL) {
            continue;
        }
        json_t *content = json_object_get(body, "content");
        assert_int_equal(json_is_true(json_object_get(body, "required")), needed);
        expect_request_schema(
            message->args, json_object_get(json_object_get(content, "application/json"), "schema"));
    }
}

static bool shape_says(const struct shape *shape, const char *name)
{
    return shape_field(shape, text_of(name)) != NULL;
}

static void expect_result_schema(const struct shape *shape, json_t *reference)
{
    json_t *schema = follow(reference);
    json_t *properties = json_object_get(schema, "properties");
    json_t *property;
    const char *name;
    if (strcmp(reference_name(reference), shape->name) != 0) {
        fail_msg("%s instead of %s", reference_name(reference), shape->name);
    }
    json_object_foreach(properties, name, property)
    {
        if (!shape_says(shape, name)) {
            fail_msg("%s: no %s", shape->name, name);
        }
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *field = &shape->fields[i];
        property = json_object_get(properties, field->name.data);
        if (property == NULL) {
            fail_msg("%s: %s is not told", shape->name, field->name.data);
        }
        if (field->only_for == 0 && !holds(json_object_get(schema, "required"), field->name.data)) {
            fail_msg("%s: %s is always there", shape->name, field->name.data);
        }
        if (field->type == FIELD_LIST) {
            expect_result_schema(field->shape, json_object_get(property, "items"));
        } else if (field->type == FIELD_OBJECT) {
            expect_result_schema(field->shape, property);
        }
    }
}

static void answers_are_those_of_the_table(void **state)
{
    (void)state;
    for (unsigned op = 0; op < OP_COUNT; op++) {
        const struct message *message = message_of((enum op)op);
        if (message->method == NULL) {
            continue;
        }
        static const char *const good[] = {"200", "201", "204"};
        const char *want = message->created ? "201" : message->no_content ? "204" : "200";
        json_t *responses = json_object_get(operation_of(message), "responses");
        for (size_t i = 0; i < 3; i++) {
            if ((json_object_get(responses, good[i]) != NULL) != (strcmp(good[i], want) == 0)) {
                fail_msg("%s: %s", message->name, good[i]);
            }
        }
        if (message->result == NULL) {
            continue;
        }
        json_t *response = follow(json_object_get(responses, want));
        json_t *content = json_object_get(json_object_get(response, "content"), "application/json");
        expect_result_schema(message->result, json_object_get(content, "schema"));
    }
}

static void every_error_is_told(void **state)
{
    (void)state;
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    json_t *codes = json_object_get(json_object_get(schemas, "Code"), "enum");
    size_t known = 0;
    for (unsigned number = 1; number < 256; number++) {
        if (!status_is_known(number)) {
            continue;
        }
        const struct status_row *row = status_row((enum status)number);
        if (!holds(codes, row->code)) {
            fail_msg("no %s", row->code);
        }
        known++;
    }
    assert_int_equal(json_array_size(codes), known);
}

static void expect_references(json_t *value)
{
    const char *name;
    size_t i;
    json_t *item;
    (void)follow(value);
    if (json_is_object(value)) {
        json_object_foreach(value, name, item)
        {
            expect_references(item);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            expect_references(item);
        }
    }
}

static void every_reference_leads_somewhere(void **state)
{
    (void)state;
    expect_references(document);
}

static void the_version_is_the_program_s(void **state)
{
    (void)state;
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(document, "info"), "version")),
        TELLER_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_with_a_path_is_an_operation),
        cmocka_unit_test(every_operation_is_a_message_or_a_page),
        cmocka_unit_test(parameters_are_those_of_the_table),
        cmocka_unit_test(bodies_are_those_of_the_table),
        cmocka_unit_test(answers_are_those_of_the_table),
        cmocka_unit_test(every_error_is_told),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(the_version_is_the_program_s),
    };
    return cmocka_run_group_tests(tests, read_document, drop_document);
}
