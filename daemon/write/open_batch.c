#include "write/open_batch.h"

#include "base/check.h"
#include "journal/record_codec.h"

void open_batch_init(struct open_batch *batch)
{
    bytes_init(&batch->bytes, OPEN_BATCH_BYTES_MAX);
    open_batch_clear(batch);
}

void open_batch_close(struct open_batch *batch)
{
    bytes_close(&batch->bytes);
}

void open_batch_clear(struct open_batch *batch)
{
    bytes_clear(&batch->bytes);
    batch->count = 0;
    batch->command_count = 0;
}

bool open_batch_has_room(const struct open_batch *batch, size_t commands)
{
    return batch->command_count + commands <= OPEN_BATCH_COMMANDS_MAX &&
           batch->bytes.size < OPEN_BATCH_BYTES_FULL;
}

void open_batch_add_command(struct open_batch *batch, struct engine_command *command)
{
    CHECK(batch->command_count < OPEN_BATCH_COMMANDS_MAX);
    batch->commands[batch->command_count++] = command;
}

void open_batch_add_record(struct open_batch *batch, const struct record *record)
{
    size_t before = batch->bytes.size;
    CHECK(batch->count < OPEN_BATCH_COMMANDS_MAX);
    record_encode(record, &batch->bytes);
    CHECK(!batch->bytes.overflow && batch->bytes.size - before <= JOURNAL_BODY_MAX);
    batch->ends[batch->count++] = batch->bytes.size;
}

void open_batch_take_back(struct open_batch *batch, size_t count)
{
    CHECK(count <= batch->count);
    batch->count = count;
    batch->bytes.size = count == 0 ? 0 : batch->ends[count - 1];
}
