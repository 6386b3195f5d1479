/* A QEMU TCG plugin: what one inference executes and misses, as a Cortex-A72 of a Raspberry Pi 4B would.
 *
 * It counts between two marks, which the emulated program sets with a system call that nothing else makes:
 * getpgid(MARK + step). Step 1 starts to fill the caches, step 2 zeroes the counters, step 3 writes the result.
 *
 * The result is text: `name value` lines, then `block COUNT HEX` for every translated block that was executed, with
 * the bytes of its instructions. Blocks of equal bytes stand apart; their order is that of their first execution.
 *
 * Simulated, each with its sizes from the Cortex-A72 Technical Reference Manual (ARM 100095) and least recently used
 * replacement: L1 instruction cache 48 KB 3-way, L1 data cache 32 KB 2-way, L2 cache 1 MB 16-way (as in the BCM2711),
 * lines of 64 bytes, write-back; data TLB of 32 entries, second TLB of 1024 entries 4-way, pages of 4 KB. Branch
 * directions: a two-level predictor with 4096 two-bit counters; targets of indirect branches: the last one seen.
 *
 * QEMU reports no access for `dc zva`, which clears a line. glibc's memset is where it comes from: it stores up to the
 * first line that it clears, then clears one after the other; the addresses follow from that. With `clears=off` such
 * blocks are left out altogether: tflite-runtime 2.14 clears twice its weights in each int8 convolution, to no purpose
 * (`make_unique` for 4-bit weights, in conv.cc), which runtimes before 2.13 did not.
 *
 * QEMU ships no header for plugins, so the entry points of interface version 1 (QEMU 6.0 to 8.2) that are used here
 * are declared by hand. No library is needed.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caches.h"

typedef uint64_t plugin_id;
typedef uint32_t memory_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;
enum { NO_REGISTERS = 0, READ_AND_WRITE = 3 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                             void (*)(unsigned, memory_info, uint64_t, void *), int, int, void *);
extern void qemu_plugin_register_vcpu_syscall_cb(plugin_id, void (*)(plugin_id, unsigned, int64_t, uint64_t, uint64_t,
                                                                     uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                                                     uint64_t));
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern bool qemu_plugin_mem_is_store(memory_info);

enum { GETPGID = 155, MARK = 0x5CE10000, FILL = 1, START = 2, STOP = 3 };
enum { LINE = 6, PAGE = 12, PREDICTOR = 4096, WORD = 4 };

/* A block of code as translated, and how often it ran between the marks. */
struct block {
    struct block *next;  /* in its bucket */
    uint64_t address, count, last_target;
    size_t instructions;
    bool listed, clears;
    uint32_t words[];
};

enum { BUCKETS = 1 << 16 };
static struct block *buckets[BUCKETS], **listed, *previous;
static size_t listed_count, listed_room;
static const char *output = "profile.txt";
static bool active, with_clears = true;
static struct cache l1i, l1d, l2, tlb1, tlb2;
static uint8_t counters[PREDICTOR];
static uint32_t history;
static uint64_t last_store;  /* its line */

#define COUNTERS(each)                                                                                              \
    each(instructions) each(blocks) each(taken_branches) each(branch_misses) each(loads) each(stores)              \
    each(l1i_misses) each(l1d_load_misses) each(l1d_store_misses) each(cleared_lines) each(l1d_writebacks)         \
    each(l2_instruction_misses) each(l2_load_misses) each(l2_store_misses) each(l2_writebacks) each(tlb1_misses)   \
    each(tlb2_misses)
#define AS_FIELD(name) uint64_t name;
#define AS_LINE(name) fprintf(file, #name " %" PRIu64 "\n", seen.name);
static struct {
    COUNTERS(AS_FIELD)
} seen;

static bool second_level(uint64_t line, bool write)
{
    uint64_t evicted;
    bool hit = touch(&l2, line, write, &evicted);
    seen.l2_writebacks += evicted != 0;
    return hit;
}

static void translate(uint64_t page)
{
    uint64_t evicted;
    if (!touch(&tlb1, page, false, &evicted)) {
        seen.tlb1_misses++;
        seen.tlb2_misses += !touch(&tlb2, page, false, &evicted);
    }
}

/* A whole line is written: nothing of it need be read first. */
static void clear(uint64_t line)
{
    uint64_t evicted;
    seen.cleared_lines++;
    translate(line >> (PAGE - LINE));
    if (!touch(&l1d, line, true, &evicted)) {
        if (evicted) {
            seen.l1d_writebacks++;
            second_level(evicted - 1, true);
        }
        touch(&l2, line, true, &evicted);
        seen.l2_writebacks += evicted != 0;
    }
}

static void on_memory(unsigned cpu, memory_info info, uint64_t address, void *data)
{
    if (!active) {
        return;
    }
    bool store = qemu_plugin_mem_is_store(info);
    uint64_t line = address >> LINE, evicted;
    *(store ? &seen.stores : &seen.loads) += 1;
    if (store) {
        last_store = line;
    }
    translate(address >> PAGE);
    if (!touch(&l1d, line, store, &evicted)) {
        *(store ? &seen.l1d_store_misses : &seen.l1d_load_misses) += 1;
        if (evicted) {
            seen.l1d_writebacks++;
            second_level(evicted - 1, true);
        }
        if (!second_level(line, false)) {
            *(store ? &seen.l2_store_misses : &seen.l2_load_misses) += 1;
        }
    }
}

/* The previous block has ended, and `next` is where it went. */
static void on_branch(struct block *from, uint64_t next)
{
    uint32_t word = from->words[from->instructions - 1];
    uint64_t end = from->address + from->instructions * WORD;
    bool conditional = (word & 0xFF000010) == 0x54000000      /* b.cond */
                       || (word & 0x7E000000) == 0x34000000   /* cbz, cbnz */
                       || (word & 0x7E000000) == 0x36000000;  /* tbz, tbnz */
    bool indirect = (word & 0xFF9FFC1F) == 0xD61F0000      /* br, blr, ret; the last has a stack of its own */
                    && (word & 0x00600000) != 0x00400000;
    bool taken = next != end;
    seen.taken_branches += taken;
    if (conditional) {
        uint8_t *counter = &counters[((from->address >> 2) ^ history) % PREDICTOR];
        seen.branch_misses += (*counter >= 2) != taken;
        *counter = taken ? (*counter < 3 ? *counter + 1 : 3) : (*counter > 0 ? *counter - 1 : 0);
        history = ((history << 1) | taken) % PREDICTOR;
    } else if (indirect) {
        seen.branch_misses += from->last_target != next;
        from->last_target = next;
    }
}

static void on_block(unsigned cpu, void *data)
{
    struct block *block = data;
    if (!active) {
        return;
    }
    if (previous) {
        on_branch(previous, block->address);
    }
    previous = block;
    if (block->clears) {
        if (!with_clears) {
            return;
        }
        clear(++last_store);
    }
    if (!block->listed) {
        if (listed_count == listed_room) {
            listed_room = listed_room ? 2 * listed_room : 4096;
            listed = realloc(listed, listed_room * sizeof *listed);
            if (!listed) {
                abort();
            }
        }
        listed[listed_count++] = block;
        block->listed = true;
    }
    block->count++;
    seen.blocks++;
    seen.instructions += block->instructions;
    uint64_t last = (block->address + block->instructions * WORD - 1) >> LINE, evicted;
    for (uint64_t line = block->address >> LINE; line <= last; line++) {
        if (!touch(&l1i, line, false, &evicted)) {
            seen.l1i_misses++;
            seen.l2_instruction_misses += !second_level(line, false);
        }
    }
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb)
{
    size_t count = qemu_plugin_tb_n_insns(tb), bytes = count * WORD;
    struct block *fresh = calloc(1, sizeof *fresh + bytes);
    if (!fresh) {
        abort();
    }
    fresh->address = qemu_plugin_tb_vaddr(tb);
    fresh->instructions = count;
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        memcpy(&fresh->words[i], qemu_plugin_insn_data(insn), WORD);
        fresh->clears |= (fresh->words[i] & 0xFFFFFFE0) == 0xD50B7420;
        qemu_plugin_register_vcpu_mem_cb(insn, on_memory, NO_REGISTERS, READ_AND_WRITE, NULL);
    }
    /* The same block may be translated again: it is counted in one place. */
    struct block **bucket = &buckets[(fresh->address >> 2) % BUCKETS], *found = *bucket;
    while (found && (found->address != fresh->address || found->instructions != count
                     || memcmp(found->words, fresh->words, bytes))) {
        found = found->next;
    }
    if (found) {
        free(fresh);
    } else {
        fresh->next = *bucket;
        *bucket = found = fresh;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, NO_REGISTERS, found);
}

static void write_result(void)
{
    FILE *file = fopen(output, "w");
    if (!file) {
        perror(output);
        exit(1);
    }
    COUNTERS(AS_LINE)
    for (size_t i = 0; i < listed_count; i++) {
        if (listed[i]->count) {
            fprintf(file, "block %" PRIu64 " ", listed[i]->count);
            for (size_t n = 0; n < listed[i]->instructions; n++) {
                fprintf(file, "%08" PRIx32, listed[i]->words[n]);
            }
            fputc('\n', file);
        }
    }
    if (fclose(file)) {
        perror(output);
        exit(1);
    }
}

static void on_syscall(plugin_id id, unsigned cpu, int64_t number, uint64_t first, uint64_t a2, uint64_t a3,
                       uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    if (number != GETPGID) {
        return;
    }
    if (first == MARK + FILL) {
        active = true;
    } else if (first == MARK + START) {
        memset(&seen, 0, sizeof seen);
        for (size_t i = 0; i < listed_count; i++) {
            listed[i]->count = 0;
        }
    } else if (first == MARK + STOP && active) {
        active = false;
        write_result();
    }
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4)) {
            output = strdup(argv[i] + 4);
        } else if (!strcmp(argv[i], "clears=off")) {
            with_clears = false;
        }
    }
    make(&l1i, 256, 3);
    make(&l1d, 256, 2);
    make(&l2, 1024, 16);
    make(&tlb1, 1, 32);
    make(&tlb2, 256, 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    return 0;
}
