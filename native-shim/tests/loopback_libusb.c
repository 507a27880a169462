/* See loopback.h. Test tool, never shipped. */
#include "loopback.h"

#include "frame.h"

#include <libusb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENDPOINTS 4 /* 0x01, 0x81, 0x82, 0x83 */
#define PACKETS 4096
#define PACKET_BYTES 2112
#define REACTIONS 65536

typedef struct node {
    struct node *next;
    int waiting; /* in the list of its endpoint */
    int status, length; /* for its end */
    struct libusb_transfer usb;
} node;

typedef struct list {
    node *head, *tail;
} list;

typedef struct packet {
    uint32_t length;
    uint8_t data[PACKET_BYTES];
} packet;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static list waiting[ENDPOINTS], ended;
static packet *packets[ENDPOINTS];
static uint32_t packet_head[ENDPOINTS], packet_count[ENDPOINTS];
static int fail_status[ENDPOINTS], fail_times[ENDPOINTS];
static int interrupted, blocked, unplugged;
static uint32_t counts[65536], epoch, sent;
static uint64_t spike_at, reactions[REACTIONS];
static uint32_t reaction_count;
static uint64_t stream_period;
static uint32_t stream_frames, stream_spike;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void prepare(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&news, &attributes);
    fc_checksum_prepare();
    for (int k = 0; k < ENDPOINTS; k++)
        packets[k] = calloc(PACKETS, sizeof(packet));
}

static int index_of(uint8_t endpoint) { return endpoint == 1 ? 0 : (endpoint & 3); }

static void push(list *to, node *n)
{
    n->next = NULL;
    if (to->head == NULL)
        to->head = n;
    else
        to->tail->next = n;
    to->tail = n;
}

static node *pop(list *from)
{
    node *n = from->head;
    if (n != NULL)
        from->head = n->next;
    return n;
}

static void take_out(list *from, node *n)
{
    list rest = {0};
    for (node *one; (one = pop(from)) != NULL;) {
        if (one != n)
            push(&rest, one);
    }
    *from = rest;
}

static void end(node *n, int status, int length)
{
    n->waiting = 0;
    n->status = status;
    n->length = length;
    push(&ended, n);
    pthread_cond_broadcast(&news);
}

static void deliver(int k)
{
    while (k > 0 && waiting[k].head != NULL && (packet_count[k] > 0 || fail_times[k] > 0)) {
        node *n = pop(&waiting[k]);
        if (fail_times[k] > 0) {
            fail_times[k]--;
            end(n, fail_status[k], 0);
            continue;
        }
        packet *p = &packets[k][packet_head[k] % PACKETS];
        packet_head[k]++;
        packet_count[k]--;
        uint32_t length = p->length < (uint32_t)n->usb.length ? p->length : (uint32_t)n->usb.length;
        memcpy(n->usb.buffer, p->data, length);
        end(n, LIBUSB_TRANSFER_COMPLETED, (int)length);
    }
}

static void inject(int k, const uint8_t *data, uint32_t length)
{
    if (packet_count[k] == PACKETS)
        return;
    packet *p = &packets[k][(packet_head[k] + packet_count[k]) % PACKETS];
    p->length = length;
    memcpy(p->data, data, length);
    packet_count[k]++;
    deliver(k);
}

static void put16(uint8_t *at, uint32_t v) { at[0] = (uint8_t)v, at[1] = (uint8_t)(v >> 8); }

static void put32(uint8_t *at, uint32_t v) { put16(at, v), put16(at + 2, v >> 16); }

static uint32_t encode(uint8_t *to, uint8_t type, uint16_t code, uint32_t sequence, uint32_t of, uint32_t payload)
{
    uint32_t padded = (payload + 3) & ~3u;
    memset(to, 0, FC_FRAME_HEADER);
    memcpy(to, "FCP1", 4);
    to[4] = 1;
    to[5] = type;
    put16(to + 6, code);
    put32(to + 8, sequence);
    put32(to + 12, of);
    put16(to + 24, payload);
    put32(to + 28, fc_checksum(~0u, to, 28));
    put32(to + FC_FRAME_HEADER + padded, fc_checksum(sequence ^ of, to + FC_FRAME_HEADER, padded));
    return FC_FRAME_HEADER + padded + 4;
}

/* Every command is acknowledged with credits, reason 0 and 40 bytes. */
static void command(const uint8_t *data, int length)
{
    if (length < FC_FRAME_HEADER)
        return;
    uint16_t code = fc_read16(data + 6);
    counts[code]++;
    if (code == 0x01F0 && spike_at != 0) {
        if (reaction_count < REACTIONS)
            reactions[reaction_count++] = now_ns() - spike_at;
        spike_at = 0;
    }
    uint8_t reply[128] = {0};
    reply[FC_FRAME_HEADER] = 8;
    inject(1, reply, encode(reply, 2, code, fc_read32(data + 8), fc_read32(data + 12), 44));
}

static void control(node *n)
{
    uint8_t *setup = n->usb.buffer;
    uint16_t length = fc_read16(setup + 6);
    counts[0x8000 + setup[1]]++;
    memset(setup + 8, 0, length);
    if (setup[1] == 1 && length >= 64) {
        setup[8] = 1;
        setup[10] = 8;
        put32(setup + 8 + 36, epoch);
    }
    if (setup[1] == 2)
        epoch = fc_read32(setup + 2);
    end(n, LIBUSB_TRANSFER_COMPLETED, length);
}

int libusb_init(libusb_context **context)
{
    pthread_once(&once, prepare);
    *context = (libusb_context *)&lock;
    return 0;
}

void libusb_exit(libusb_context *context) { (void)context; }

const struct libusb_version *libusb_get_version(void)
{
    static const struct libusb_version version = {1, 0, 26, 0, "", "loopback"};
    return &version;
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***result)
{
    (void)context;
    static libusb_device *devices[2];
    devices[0] = (libusb_device *)&devices;
    *result = devices;
    return unplugged ? 0 : 1;
}

void libusb_free_device_list(libusb_device **devices, int unreference) { (void)devices, (void)unreference; }

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *descriptor)
{
    (void)device;
    memset(descriptor, 0, sizeof *descriptor);
    descriptor->idVendor = 0x1209;
    descriptor->idProduct = 0x0001;
    descriptor->iSerialNumber = 3;
    return 0;
}

int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
    *handle = (libusb_device_handle *)device;
    return 0;
}

void libusb_close(libusb_device_handle *handle) { (void)handle; }

int libusb_get_string_descriptor_ascii(libusb_device_handle *handle, uint8_t number, unsigned char *data, int length)
{
    (void)handle, (void)number;
    if (length < 9)
        return LIBUSB_ERROR_INVALID_PARAM;
    memcpy(data, "LOOPBACK", 9);
    return 8;
}

int libusb_claim_interface(libusb_device_handle *handle, int number) { return (void)handle, (void)number, 0; }

int libusb_release_interface(libusb_device_handle *handle, int number) { return (void)handle, (void)number, 0; }

int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
    (void)handle, (void)endpoint;
    return unplugged ? LIBUSB_ERROR_NO_DEVICE : 0;
}

struct libusb_transfer *libusb_alloc_transfer(int packets_wanted)
{
    (void)packets_wanted;
    node *n = calloc(1, sizeof *n);
    return n == NULL ? NULL : &n->usb;
}

static node *node_of(struct libusb_transfer *usb) { return (node *)((char *)usb - offsetof(node, usb)); }

void libusb_free_transfer(struct libusb_transfer *usb)
{
    if (usb != NULL)
        free(node_of(usb));
}

int libusb_submit_transfer(struct libusb_transfer *usb)
{
    node *n = node_of(usb);
    int k = index_of(usb->endpoint), code = 0;
    pthread_mutex_lock(&lock);
    if (unplugged) {
        code = LIBUSB_ERROR_NO_DEVICE;
    } else if (usb->type == LIBUSB_TRANSFER_TYPE_CONTROL) {
        control(n);
    } else if (k == 0 && fail_times[0] > 0) {
        fail_times[0]--;
        end(n, fail_status[0], 0);
    } else if (k == 0 && !blocked) {
        end(n, LIBUSB_TRANSFER_COMPLETED, usb->length);
        command(usb->buffer, usb->length);
    } else {
        n->waiting = 1;
        push(&waiting[k], n);
        deliver(k);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

int libusb_cancel_transfer(struct libusb_transfer *usb)
{
    node *n = node_of(usb);
    int code = LIBUSB_ERROR_NOT_FOUND;
    pthread_mutex_lock(&lock);
    if (n->waiting) {
        take_out(&waiting[index_of(usb->endpoint)], n);
        end(n, LIBUSB_TRANSFER_CANCELLED, 0);
        code = 0;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

int libusb_handle_events_timeout_completed(libusb_context *context, struct timeval *timeout, int *completed)
{
    (void)context, (void)completed;
    uint64_t until = now_ns() + (uint64_t)timeout->tv_sec * 1000000000u + (uint64_t)timeout->tv_usec * 1000u;
    struct timespec limit = {.tv_sec = (time_t)(until / 1000000000u), .tv_nsec = (long)(until % 1000000000u)};
    pthread_mutex_lock(&lock);
    while (ended.head == NULL && !interrupted) {
        if (pthread_cond_timedwait(&news, &lock, &limit) != 0)
            break;
    }
    interrupted = 0;
    for (node *n; (n = pop(&ended)) != NULL;) {
        pthread_mutex_unlock(&lock);
        /* As in libusb: last of all, in the thread that handles events. */
        n->usb.actual_length = n->length;
        __atomic_store_n((int *)&n->usb.status, n->status, __ATOMIC_RELEASE);
        n->usb.callback(&n->usb);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return 0;
}

int libusb_handle_events_timeout(libusb_context *context, struct timeval *timeout)
{
    return libusb_handle_events_timeout_completed(context, timeout, NULL);
}

void libusb_interrupt_event_handler(libusb_context *context)
{
    (void)context;
    pthread_mutex_lock(&lock);
    interrupted = 1;
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&lock);
}

void loopback_inject(uint8_t endpoint, const uint8_t *data, uint32_t length)
{
    pthread_mutex_lock(&lock);
    inject(index_of(endpoint), data, length);
    pthread_mutex_unlock(&lock);
}

uint32_t loopback_stream_frame(uint8_t *to, uint32_t sequence, uint32_t of, uint32_t samples, float value)
{
    uint8_t *payload = to + FC_FRAME_HEADER;
    put32(payload, 1);
    put32(payload + 4, 0);
    put32(payload + 8, samples);
    for (uint32_t k = 0; k < samples; k++)
        memcpy(payload + FC_STREAM_HEAD + 4 * k, &value, 4);
    return encode(to, FC_FRAME_STREAM, 1, sequence, of, FC_STREAM_HEAD + 4 * samples);
}

void loopback_fail(uint8_t endpoint, int status, int times)
{
    pthread_mutex_lock(&lock);
    fail_status[index_of(endpoint)] = status;
    fail_times[index_of(endpoint)] = times;
    deliver(index_of(endpoint));
    pthread_mutex_unlock(&lock);
}

void loopback_block(int value)
{
    pthread_mutex_lock(&lock);
    blocked = value;
    pthread_mutex_unlock(&lock);
}

void loopback_unplug(void)
{
    pthread_mutex_lock(&lock);
    unplugged = 1;
    for (int k = 0; k < ENDPOINTS; k++) {
        for (node *n; (n = pop(&waiting[k])) != NULL;)
            end(n, LIBUSB_TRANSFER_NO_DEVICE, 0);
    }
    pthread_mutex_unlock(&lock);
}

void loopback_reset(void)
{
    pthread_mutex_lock(&lock);
    unplugged = blocked = 0;
    epoch = sent = reaction_count = 0;
    spike_at = 0;
    memset(counts, 0, sizeof counts);
    memset(packet_count, 0, sizeof packet_count);
    memset(fail_times, 0, sizeof fail_times);
    pthread_mutex_unlock(&lock);
}

uint32_t loopback_count(uint16_t code)
{
    pthread_mutex_lock(&lock);
    uint32_t n = counts[code];
    pthread_mutex_unlock(&lock);
    return n;
}

uint32_t loopback_epoch(void)
{
    pthread_mutex_lock(&lock);
    uint32_t value = epoch;
    pthread_mutex_unlock(&lock);
    return value;
}

static void *stream(void *argument)
{
    (void)argument;
    static uint8_t frame[PACKET_BYTES];
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    for (uint32_t k = 1; k <= stream_frames; k++) {
        uint64_t next = (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec + stream_period;
        at.tv_sec = (time_t)(next / 1000000000u);
        at.tv_nsec = (long)(next % 1000000000u);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        int spike = stream_spike != 0 && k % stream_spike == 0;
        uint32_t length = loopback_stream_frame(frame, k, loopback_epoch(), 500, spike ? 1.0f : 0.0f);
        pthread_mutex_lock(&lock);
        if (spike)
            spike_at = now_ns();
        inject(2, frame, length);
        sent++;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

void loopback_start_stream(uint64_t period_ns, uint32_t frames, uint32_t spike_every)
{
    pthread_t thread;
    stream_period = period_ns;
    stream_frames = frames;
    stream_spike = spike_every;
    if (pthread_create(&thread, NULL, stream, NULL) == 0)
        pthread_detach(thread);
}

uint32_t loopback_reactions(uint64_t *nanoseconds, uint32_t room)
{
    pthread_mutex_lock(&lock);
    uint32_t n = reaction_count < room ? reaction_count : room;
    memcpy(nanoseconds, reactions, n * sizeof *nanoseconds);
    pthread_mutex_unlock(&lock);
    return n;
}

uint32_t loopback_sent(void)
{
    pthread_mutex_lock(&lock);
    uint32_t n = sent;
    pthread_mutex_unlock(&lock);
    return n;
}
