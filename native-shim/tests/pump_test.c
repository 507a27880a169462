/* The pump on the loopback libusb: commands, stream, halt, cancel, heartbeat, reflex, unplugging, closing with everything under way. */
#include "fastcore_shim.h"
#include "frame.h"
#include "loopback.h"

#include <libusb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS 1000000ull
#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return 1;                                                        \
        }                                                                    \
    } while (0)

static uint8_t frame[4096];

static void sleep_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static uint32_t make_command(uint8_t *to, uint16_t code, uint32_t sequence)
{
    uint32_t length = loopback_stream_frame(to, sequence, 7, 1, 0);
    to[5] = 1;
    to[6] = (uint8_t)code;
    to[7] = (uint8_t)(code >> 8);
    return length;
}

static fc_pump *open_pump(void)
{
    fc_pump *p;
    int denied;
    return fc_pump_open(0x1209, 1, NULL, &p, &denied) == 0 ? p : NULL;
}

static int opening(void)
{
    fc_pump *p;
    int denied;
    CHECK(fc_pump_open(0x1209, 1, "OTHER", &p, &denied) == FC_NO_DEVICE && p == NULL);
    CHECK(fc_pump_open(0x1209, 2, NULL, &p, &denied) == FC_NO_DEVICE);
    for (int k = 0; k < 20; k++) {
        CHECK(fc_pump_open(0x1209, 1, "LOOPBACK", &p, &denied) == 0);
        CHECK(strcmp(fc_pump_serial(p), "LOOPBACK") == 0);
        fc_pump_close(p);
    }
    return 0;
}

static int commands(void)
{
    fc_pump *p = open_pump();
    CHECK(p != NULL);
    uint8_t information[64];
    uint32_t length = 64;
    CHECK(fc_pump_control(p, 0x40, 2, 7, 0, NULL, &(uint32_t){0}, 100 * MS) == FC_OK);
    CHECK(fc_pump_control(p, 0xC0, 1, 0, 0, information, &length, 100 * MS) == FC_OK && length == 64 && information[36] == 7);
    for (uint32_t k = 1; k <= 20000; k++) {
        fc_slot *slot;
        CHECK(fc_pump_send(p, frame, make_command(frame, 4, k), 100 * MS) == FC_OK);
        CHECK(fc_pump_receive(p, FC_REPLIES, 1000 * MS, &slot) == FC_OK);
        CHECK(slot->length == 80 && fc_read32(slot->data + 8) == k);
        fc_pump_release(p, FC_REPLIES);
    }
    fc_slot *slot;
    CHECK(fc_pump_receive(p, FC_REPLIES, 2 * MS, &slot) == FC_TIMEOUT && slot == NULL);
    CHECK(loopback_count(4) == 20000);
    fc_pump_close(p);
    return 0;
}

static int streaming(void)
{
    fc_pump *p = open_pump();
    CHECK(p != NULL);
    loopback_start_stream(100000, 5000, 0);
    for (uint32_t k = 1; k <= 5000; k++) {
        fc_slot *slot;
        CHECK(fc_pump_receive(p, FC_STREAM, 5000 * MS, &slot) == FC_OK);
        CHECK(fc_read32(slot->data + 8) == k);
        fc_pump_release(p, FC_STREAM);
    }
    /* What nobody takes is dropped at the end of the ring, and counted. */
    uint32_t length = loopback_stream_frame(frame, 1, 0, 4, 0);
    for (int k = 0; k < 1500; k++)
        loopback_inject(0x82, frame, length);
    sleep_ms(200);
    fc_statistics s;
    fc_pump_statistics(p, &s);
    CHECK(s.transfers[FC_STREAM] == 6500 && s.dropped[FC_STREAM] == 1500 - 1024 && s.high_water[FC_STREAM] == 1024);
    fc_pump_discard(p);
    fc_slot *slot;
    CHECK(fc_pump_receive(p, FC_STREAM, 0, &slot) == FC_TIMEOUT);
    fc_pump_close(p);
    return 0;
}

static int faults(void)
{
    fc_pump *p = open_pump();
    fc_slot *slot;
    CHECK(p != NULL);
    /* A halted pipe gives what came before, then its halt until that is cleared. */
    uint32_t length = loopback_stream_frame(frame, 1, 0, 4, 0);
    loopback_inject(0x82, frame, length);
    loopback_fail(0x82, LIBUSB_TRANSFER_STALL, 32);
    CHECK(fc_pump_receive(p, FC_STREAM, 1000 * MS, &slot) == FC_OK);
    fc_pump_release(p, FC_STREAM);
    CHECK(fc_pump_receive(p, FC_STREAM, 1000 * MS, &slot) == FC_STALL);
    CHECK(fc_pump_clear_halt(p, FC_STREAM) == FC_OK);
    loopback_inject(0x82, frame, length);
    CHECK(fc_pump_receive(p, FC_STREAM, 1000 * MS, &slot) == FC_OK);
    fc_pump_release(p, FC_STREAM);
    /* Other errors are told once; a pipe with nothing else counts as halted. */
    loopback_fail(0x81, LIBUSB_TRANSFER_OVERFLOW, 1);
    CHECK(fc_pump_receive(p, FC_REPLIES, 1000 * MS, &slot) == FC_OVERFLOW);
    CHECK(fc_pump_receive(p, FC_REPLIES, 0, &slot) == FC_TIMEOUT);
    loopback_fail(0x83, LIBUSB_TRANSFER_ERROR, 1000);
    sleep_ms(50);
    CHECK(fc_pump_receive(p, FC_EVENTS, 1000 * MS, &slot) == FC_STALL);
    loopback_fail(0x83, 0, 0);
    CHECK(fc_pump_clear_halt(p, FC_EVENTS) == FC_OK);
    CHECK(fc_pump_receive(p, FC_EVENTS, 0, &slot) == FC_TIMEOUT);
    /* A send that is not taken is called back; the next one goes. */
    loopback_block(1);
    CHECK(fc_pump_send(p, frame, make_command(frame, 4, 1), 5 * MS) == FC_TIMEOUT);
    loopback_block(0);
    CHECK(fc_pump_send(p, frame, make_command(frame, 4, 1), 100 * MS) == FC_OK);
    loopback_fail(0x01, LIBUSB_TRANSFER_STALL, 1);
    CHECK(fc_pump_send(p, frame, make_command(frame, 4, 1), 100 * MS) == FC_STALL);
    CHECK(fc_pump_clear_halt(p, -1) == FC_OK);
    fc_pump_close(p);
    return 0;
}

static int heartbeat(void)
{
    fc_pump *p = open_pump();
    fc_slot *slot;
    fc_statistics s;
    CHECK(p != NULL);
    uint32_t length = make_command(frame, 2, 0xFFFFFFFE);
    CHECK(fc_pump_arm_heartbeat(p, frame, length, 5 * MS, 2000 * MS) == FC_OK);
    while (loopback_count(2) < 10)
        CHECK(fc_pump_receive(p, FC_REPLIES, 5 * MS, &slot) == FC_TIMEOUT);
    /* Its replies never reach the caller, those to others do. */
    CHECK(fc_pump_send(p, frame, make_command(frame, 2, 5), 100 * MS) == FC_OK);
    CHECK(fc_pump_receive(p, FC_REPLIES, 1000 * MS, &slot) == FC_OK && fc_read32(slot->data + 8) == 5);
    fc_pump_release(p, FC_REPLIES);
    /* A caller that says nothing for its time is dead. */
    CHECK(fc_pump_arm_heartbeat(p, frame, make_command(frame, 2, 0xFFFFFFFE), 5 * MS, 1) == FC_OK);
    sleep_ms(30);
    uint32_t before = loopback_count(2);
    sleep_ms(100);
    CHECK(loopback_count(2) == before);
    fc_pump_statistics(p, &s);
    CHECK(s.heartbeats >= 10 && s.heartbeats_withheld >= 1);
    CHECK(fc_pump_arm_heartbeat(p, NULL, 0, 0, 0) == FC_OK);
    fc_pump_close(p);
    return 0;
}

static int wait_count(uint16_t code, uint32_t expected)
{
    for (int k = 0; k < 2000 && loopback_count(code) < expected; k++)
        sleep_ms(1);
    return loopback_count(code) == expected;
}

static int reflex(void)
{
    fc_pump *p = open_pump();
    uint8_t answer[128];
    CHECK(p != NULL);
    uint32_t length = make_command(answer, 0x01F0, 0xFFFFFFFF);
    fc_reflex condition = {.stream = 1, .comparator = FC_MAGNITUDE_ABOVE, .threshold = .5f, .consecutive = 3};
    CHECK(fc_pump_arm_reflex(p, &condition, answer, length) == FC_OK);
    /* Below, of another epoch, broken, too short: nothing. */
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 1, 7, 100, .4f));
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 2, 8, 100, 1));
    uint32_t bytes = loopback_stream_frame(frame, 3, 7, 100, 1);
    frame[100] ^= 1;
    loopback_inject(0x82, frame, bytes);
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 4, 7, 2, 1));
    sleep_ms(20);
    CHECK(loopback_count(0x01F0) == 0);
    /* The third in a row, in the next frame; then it is disarmed. */
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 5, 7, 1, -1));
    CHECK(wait_count(0x01F0, 1));
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 6, 7, 100, 1));
    sleep_ms(20);
    CHECK(loopback_count(0x01F0) == 1 && loopback_count(0x8004) == 0);
    /* Other comparators. */
    condition = (fc_reflex){.stream = 1, .comparator = FC_BELOW, .threshold = -2, .consecutive = 1};
    CHECK(fc_pump_arm_reflex(p, &condition, answer, length) == FC_OK);
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 7, 7, 1, 3));
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 8, 7, 1, -3));
    CHECK(wait_count(0x01F0, 2));
    /* A frame that is not taken: ESTOP on endpoint 0. */
    condition = (fc_reflex){.stream = 1, .comparator = FC_ABOVE, .threshold = 2, .consecutive = 1};
    CHECK(fc_pump_arm_reflex(p, &condition, answer, length) == FC_OK);
    loopback_block(1);
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 9, 7, 1, 3));
    CHECK(wait_count(0x8004, 1));
    loopback_block(0);
    /* One that fails: the same. */
    CHECK(fc_pump_arm_reflex(p, &condition, answer, length) == FC_OK);
    loopback_fail(0x01, LIBUSB_TRANSFER_STALL, 1);
    loopback_inject(0x82, frame, loopback_stream_frame(frame, 10, 7, 1, 3));
    CHECK(wait_count(0x8004, 2));
    fc_statistics s;
    fc_pump_statistics(p, &s);
    CHECK(s.reflexes == 4 && s.emergency_stops == 2);
    fc_pump_close(p);
    return 0;
}

static int unplugging(void)
{
    fc_pump *p = open_pump();
    fc_slot *slot;
    CHECK(p != NULL);
    loopback_unplug();
    CHECK(fc_pump_receive(p, FC_REPLIES, 1000 * MS, &slot) == FC_NO_DEVICE);
    CHECK(fc_pump_send(p, frame, 32, 100 * MS) == FC_NO_DEVICE);
    CHECK(fc_pump_clear_halt(p, FC_STREAM) == FC_NO_DEVICE);
    fc_pump_close(p);
    CHECK(open_pump() == NULL);
    return 0;
}

int main(void)
{
    int (*const tests[])(void) = {opening, commands, streaming, faults, heartbeat, reflex, unplugging};
    fc_checksum_prepare();
    if (fc_checksum(~0u, (const uint8_t *)"123456789", 9) != 0xE3069283u)
        return 2;
    for (size_t k = 0; k < sizeof tests / sizeof *tests; k++) {
        loopback_reset();
        if (tests[k]() != 0)
            return 1;
    }
    return 0;
}
