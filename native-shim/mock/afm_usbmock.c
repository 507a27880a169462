/*
 * afm-usbmock SOCKET -- COMMAND ...
 *
 * Runs a command that sees one USB device through the machine's unmodified libusb. The device is that of a USB/IP server at a unix
 * socket; on the other side stands a umockdev testbed, which answers the ioctls of usbfs and sends hotplug events. The server may come
 * and go: whenever it does, the device is plugged in or pulled. Exit status: that of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <umockdev.h>

#define NODE "/dev/bus/usb/001/002"
#define SYSFS "/devices/pci0000:00/0000:00:14.0/usb1/1-1"
#define STAGE "FASTCORE_USBMOCK"
#define HEADER 48
#define LARGEST (1 << 20)
/* Time between a pulled cable and the next attempt to plug in: long enough for a program to see that the device is gone. */
#define REPLUG_US 300000

/* One plugging-in. The node is a FIFO: a full pipe means that nothing can be reaped. As a regular file it would always be ready for
 * writing, and libusb would spin. */
typedef struct plug {
    int fifo;
    bool full;
    bool gone;
    GQueue pending; /* urb, submitted to the server */
    GQueue done;    /* urb, to be reaped */
} plug;

typedef struct urb {
    uint32_t seq;
    UMockdevIoctlData *data;   /* struct usbdevfs_urb in the program */
    UMockdevIoctlData *buffer; /* its buffer */
    UMockdevIoctlClient *waits; /* an ioctl that ends with this transfer, instead of data */
    gulong address;
    bool unlinked;
} urb;

static UMockdevTestbed *testbed;
static UMockdevIoctlBase *handler;
static GMutex lock;
static plug *plugged;
static int server = -1;
static uint32_t next_seq = 2;
static volatile sig_atomic_t child;
static volatile bool stopping;

static void put32(uint8_t *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, 4);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return ntohl(value);
}

static bool read_all(int fd, void *to, size_t length)
{
    for (uint8_t *at = to; length > 0;) {
        ssize_t got = recv(fd, at, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

static bool send_all(int fd, const void *from, size_t length)
{
    for (const uint8_t *at = from; length > 0;) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Even numbers go to the device, odd ones come from it: what follows the header of a late return can be told without a memory of it. */
static uint32_t new_seq(bool input)
{
    next_seq += 2;
    return next_seq | (input ? 1u : 0u);
}

static bool submit(uint32_t seq, uint8_t endpoint, const uint8_t *setup, const uint8_t *data, uint32_t length)
{
    bool input = seq & 1;
    size_t bytes = HEADER + (input ? 0 : length);
    uint8_t *frame = g_malloc0(bytes);
    put32(frame, 1);
    put32(frame + 4, seq);
    put32(frame + 8, 0x10002);
    put32(frame + 12, input);
    put32(frame + 16, endpoint & 0x7f);
    put32(frame + 24, length);
    put32(frame + 32, 0xffffffffu);
    if (setup != NULL)
        memcpy(frame + 40, setup, 8);
    if (!input && length > 0)
        memcpy(frame + HEADER, data, length);
    bool sent = send_all(server, frame, bytes);
    g_free(frame);
    return sent;
}

static bool submit_unlink(uint32_t victim)
{
    uint8_t frame[HEADER] = {0};
    put32(frame, 2);
    /* Answers are recognised by the number that they carry: that of the victim with the highest bit set. */
    put32(frame + 4, victim | 0x80000000u);
    put32(frame + 8, 0x10002);
    put32(frame + 20, victim);
    return send_all(server, frame, sizeof frame);
}

static void set_ready(plug *p, bool ready)
{
    char byte = 0;
    if (ready == !p->full)
        return;
    ssize_t moved = ready ? read(p->fifo, &byte, 1) : write(p->fifo, &byte, 1);
    if (moved == 1)
        p->full = !ready;
}

static void free_urb(urb *u)
{
    g_clear_object(&u->data);
    g_clear_object(&u->buffer);
    g_clear_object(&u->waits);
    g_free(u);
}

static urb *find_pending(plug *p, uint32_t seq)
{
    for (GList *at = p->pending.head; at != NULL; at = at->next) {
        if (((urb *)at->data)->seq == seq)
            return at->data;
    }
    return NULL;
}

/* Ends a transfer; the ioctl that waits for it is answered by the caller, without the lock. */
static void finish(plug *p, urb *u, int status, const uint8_t *data, uint32_t actual)
{
    g_queue_remove(&p->pending, u);
    if (u->waits != NULL)
        return;
    struct usbdevfs_urb *block = (struct usbdevfs_urb *)u->data->data;
    size_t head = block->type == USBDEVFS_URB_TYPE_CONTROL ? 8 : 0;
    uint32_t room = (uint32_t)((size_t)block->buffer_length - head);
    if (actual > room)
        actual = room;
    if ((u->seq & 1) && u->buffer != NULL && actual > 0)
        memcpy(u->buffer->data + head, data, actual);
    block->status = status;
    block->actual_length = (int)actual;
    g_queue_push_tail(&p->done, u);
    set_ready(p, true);
}

static void answer(UMockdevIoctlClient *client, int error)
{
    umockdev_ioctl_client_complete(client, error == 0 ? 0 : -1, error);
}

static void on_submit(UMockdevIoctlClient *client, plug *p)
{
    UMockdevIoctlData *data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(struct usbdevfs_urb), NULL);
    if (data == NULL) {
        answer(client, EFAULT);
        return;
    }
    struct usbdevfs_urb *block = (struct usbdevfs_urb *)data->data;
    UMockdevIoctlData *buffer = block->buffer_length <= 0 ? NULL
        : umockdev_ioctl_data_resolve(data, offsetof(struct usbdevfs_urb, buffer), (gsize)block->buffer_length, NULL);
    bool is_control = block->type == USBDEVFS_URB_TYPE_CONTROL;
    if ((block->buffer_length > 0 && buffer == NULL) || (is_control && block->buffer_length < 8) || block->buffer_length > LARGEST
        || block->type == USBDEVFS_URB_TYPE_ISO) {
        g_clear_object(&buffer);
        g_object_unref(data);
        answer(client, EINVAL);
        return;
    }
    urb *u = g_new0(urb, 1);
    u->data = data;
    u->buffer = buffer;
    u->address = data->client_addr;
    int error = ENODEV;
    g_mutex_lock(&lock);
    if (!p->gone) {
        const uint8_t *bytes = buffer == NULL ? NULL : buffer->data;
        u->seq = new_seq(is_control ? (bytes[0] & 0x80) != 0 : (block->endpoint & 0x80) != 0);
        g_queue_push_tail(&p->pending, u);
        uint32_t length = is_control ? (uint32_t)block->buffer_length - 8 : (uint32_t)block->buffer_length;
        submit(u->seq, is_control ? 0 : block->endpoint, is_control ? bytes : NULL, is_control ? bytes + 8 : bytes, length);
        error = 0;
    }
    g_mutex_unlock(&lock);
    if (error != 0)
        free_urb(u);
    answer(client, error);
}

static void on_discard(UMockdevIoctlClient *client, plug *p)
{
    gulong address;
    memcpy(&address, umockdev_ioctl_client_get_arg(client)->data, sizeof address);
    int error = EINVAL;
    g_mutex_lock(&lock);
    for (GList *at = p->pending.head; at != NULL; at = at->next) {
        urb *u = at->data;
        if (u->address != address || u->waits != NULL || u->unlinked)
            continue;
        u->unlinked = true;
        submit_unlink(u->seq);
        error = 0;
        break;
    }
    g_mutex_unlock(&lock);
    answer(client, error);
}

static void on_reap(UMockdevIoctlClient *client, plug *p)
{
    g_mutex_lock(&lock);
    urb *u = g_queue_pop_head(&p->done);
    if (g_queue_is_empty(&p->done))
        set_ready(p, false);
    int error = p->gone ? ENODEV : EAGAIN;
    g_mutex_unlock(&lock);
    if (u != NULL) {
        UMockdevIoctlData *to = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(void *), NULL);
        error = to != NULL && umockdev_ioctl_data_set_ptr(to, 0, u->data) ? 0 : EFAULT;
        g_clear_object(&to);
    }
    answer(client, error);
    if (u != NULL)
        free_urb(u);
}

/* A request of usbfs that is one on endpoint 0 in truth: the device must see it. The ioctl ends with it. */
static void forward(UMockdevIoctlClient *client, plug *p, const uint8_t setup[8])
{
    urb *u = g_new0(urb, 1);
    g_mutex_lock(&lock);
    bool gone = p->gone;
    if (!gone) {
        u->waits = g_object_ref(client);
        u->seq = new_seq(false);
        g_queue_push_tail(&p->pending, u);
        submit(u->seq, 0, setup, NULL, 0);
    }
    g_mutex_unlock(&lock);
    if (gone) {
        free_urb(u);
        answer(client, ENODEV);
    }
}

/* A node that was opened between two plugging-ins belongs to no device, whatever comes later. */
static void on_connected(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer user)
{
    (void)base;
    (void)user;
    g_mutex_lock(&lock);
    g_object_set_data(G_OBJECT(client), "plug", plugged);
    g_mutex_unlock(&lock);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer user)
{
    (void)base;
    (void)user;
    plug *p = g_object_get_data(G_OBJECT(client), "plug");
    g_mutex_lock(&lock);
    bool gone = p == NULL || p->gone;
    g_mutex_unlock(&lock);
    gulong request = umockdev_ioctl_client_get_request(client);
    if (p == NULL || (gone && request != USBDEVFS_REAPURB && request != USBDEVFS_REAPURBNDELAY)) {
        answer(client, ENODEV);
        return TRUE;
    }
    UMockdevIoctlData *data = NULL;
    switch (request) {
    case USBDEVFS_SUBMITURB:
        on_submit(client, p);
        break;
    case USBDEVFS_DISCARDURB:
        on_discard(client, p);
        break;
    case USBDEVFS_REAPURB:
    case USBDEVFS_REAPURBNDELAY:
        on_reap(client, p);
        break;
    case USBDEVFS_GET_CAPABILITIES:
        data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, 4, NULL);
        if (data != NULL) {
            uint32_t capabilities = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_REAP_AFTER_DISCONNECT | USBDEVFS_CAP_NO_PACKET_SIZE_LIM;
            memcpy(data->data, &capabilities, 4);
        }
        answer(client, 0);
        break;
    case USBDEVFS_CLEAR_HALT: {
        data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, 4, NULL);
        uint8_t setup[8] = {0x02, 1, 0, 0, data == NULL ? 0 : data->data[0], 0, 0, 0};
        forward(client, p, setup);
        break;
    }
    case USBDEVFS_SETCONFIGURATION: {
        data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, 4, NULL);
        uint8_t setup[8] = {0x00, 9, data == NULL ? 0 : data->data[0], 0, 0, 0, 0, 0};
        forward(client, p, setup);
        break;
    }
    case USBDEVFS_SETINTERFACE: {
        data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(struct usbdevfs_setinterface), NULL);
        const struct usbdevfs_setinterface *s = data == NULL ? NULL : (const struct usbdevfs_setinterface *)data->data;
        uint8_t setup[8] = {0x01, 11, s == NULL ? 0 : (uint8_t)s->altsetting, 0, s == NULL ? 0 : (uint8_t)s->interface, 0, 0, 0};
        forward(client, p, setup);
        break;
    }
    case USBDEVFS_CLAIMINTERFACE:
    case USBDEVFS_RELEASEINTERFACE:
    case USBDEVFS_RESETEP:
    case USBDEVFS_RESET:
        answer(client, 0);
        break;
    case USBDEVFS_GETDRIVER:
        answer(client, ENODATA);
        break;
    default:
        answer(client, ENOTTY);
        break;
    }
    g_clear_object(&data);
    return TRUE;
}

/* A control request before anything else is on the line. */
static int descriptor(uint8_t type, uint8_t *to, uint16_t length)
{
    uint8_t setup[8] = {0x80, 6, 0, type, 0, 0, (uint8_t)length, (uint8_t)(length >> 8)};
    uint8_t header[HEADER];
    if (!submit(new_seq(true), 0, setup, NULL, length) || !read_all(server, header, HEADER))
        return -1;
    uint32_t actual = get32(header + 24);
    return get32(header + 20) != 0 || actual > length || !read_all(server, to, actual) ? -1 : (int)actual;
}

static bool import(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
        uint8_t request[40] = {0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0, '1', '-', '1'};
        uint8_t reply[8 + 312];
        if (send_all(server, request, sizeof request) && read_all(server, reply, 8) && get32(reply + 4) == 0
            && read_all(server, reply + 8, 312))
            return true;
    }
    if (server >= 0)
        close(server);
    server = -1;
    return false;
}

static bool plug_in(void)
{
    uint8_t bytes[18 + 512];
    if (descriptor(1, bytes, 18) != 18)
        return false;
    int rest = descriptor(2, bytes + 18, 512);
    if (rest < 9)
        return false;
    GString *text = g_string_new("P: " SYSFS "\nN: bus/usb/001/002\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DEVNAME=" NODE
        "\nE: BUSNUM=001\nE: DEVNUM=002\nE: MAJOR=189\nE: MINOR=1\nA: busnum=1\\n\nA: devnum=2\\n\nA: bConfigurationValue=1\\n\n"
        "A: speed=480\\n\n");
    g_string_append_printf(text, "A: idVendor=%02x%02x\\n\nA: idProduct=%02x%02x\\n\nH: descriptors=", bytes[9], bytes[8], bytes[11], bytes[10]);
    for (int k = 0; k < 18 + rest; k++)
        g_string_append_printf(text, "%02X", bytes[k]);
    g_string_append(text, "\n");
    GError *error = NULL;
    bool added = umockdev_testbed_add_from_string(testbed, text->str, &error);
    g_string_free(text, TRUE);
    if (!added) {
        fprintf(stderr, "afm-usbmock: %s\n", error->message);
        g_clear_error(&error);
        return false;
    }
    gchar *root = umockdev_testbed_get_root_dir(testbed);
    gchar *node = g_strconcat(root, NODE, NULL);
    unlink(node);
    plug *p = g_new0(plug, 1);
    p->fifo = mkfifo(node, 0666) == 0 ? open(node, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
    chmod(node, 0666);
    g_free(node);
    g_free(root);
    if (p->fifo < 0 || fcntl(p->fifo, F_SETPIPE_SZ, 4096) < 0) {
        perror("afm-usbmock: FIFO");
        return false;
    }
    set_ready(p, false);
    g_mutex_lock(&lock);
    plugged = p;
    g_mutex_unlock(&lock);
    umockdev_testbed_uevent(testbed, "/sys" SYSFS, "add");
    return true;
}

/* Everything that waits ends; later requests are told that there is no device. The program keeps its handle as long as it likes. */
static void pull(void)
{
    g_mutex_lock(&lock);
    plug *p = plugged;
    plugged = NULL;
    GQueue waiting = G_QUEUE_INIT;
    if (p != NULL) {
        p->gone = true;
        while (!g_queue_is_empty(&p->pending)) {
            urb *u = g_queue_peek_head(&p->pending);
            finish(p, u, -ESHUTDOWN, NULL, 0);
            if (u->waits != NULL)
                g_queue_push_tail(&waiting, u);
        }
    }
    g_mutex_unlock(&lock);
    for (urb *u; (u = g_queue_pop_head(&waiting)) != NULL; free_urb(u))
        answer(u->waits, ENODEV);
    if (p == NULL)
        return;
    umockdev_testbed_uevent(testbed, "/sys" SYSFS, "remove");
    umockdev_testbed_remove_device(testbed, "/sys" SYSFS);
}

/* Takes what the server sends until the cable is pulled. */
static void serve(void)
{
    uint8_t header[HEADER];
    uint8_t *data = g_malloc(LARGEST);
    while (read_all(server, header, HEADER)) {
        uint32_t command = get32(header), seq = get32(header + 4), actual = get32(header + 24);
        int status = (int)get32(header + 20);
        bool has_data = command == 3 && (seq & 1) && actual > 0;
        if (actual > LARGEST || (has_data && !read_all(server, data, actual)))
            break;
        if (command == 3 && status == -ESHUTDOWN)
            break;
        UMockdevIoctlClient *waits = NULL;
        g_mutex_lock(&lock);
        plug *p = plugged;
        /* A return that comes behind its unlink finds no one and is dropped. */
        urb *u = find_pending(p, seq & 0x7fffffffu);
        if (u != NULL) {
            waits = u->waits;
            finish(p, u, command == 3 ? status : -ENOENT, data, actual);
        }
        g_mutex_unlock(&lock);
        if (waits != NULL) {
            answer(waits, status == 0 ? 0 : EPIPE);
            free_urb(u);
        }
    }
    g_free(data);
}

static gpointer run_link(gpointer path)
{
    while (!stopping) {
        if (!import(path)) {
            g_usleep(5000);
            continue;
        }
        bool there = plug_in();
        if (there && !stopping)
            serve();
        pull();
        close(server);
        server = -1;
        if (!stopping)
            g_usleep(REPLUG_US);
    }
    return NULL;
}

static void on_signal(int number)
{
    if (child > 0)
        kill((pid_t)child, number);
}

int main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[2], "--") != 0) {
        fprintf(stderr, "usage: afm-usbmock SOCKET -- COMMAND [ARGUMENT ...]\n");
        return 2;
    }
    const char *path = strncmp(argv[1], "unix:", 5) == 0 ? argv[1] + 5 : argv[1];
    if (getenv(STAGE) == NULL) {
        /* Hotplug events are sent through the preload library: this process needs it as well as the command. */
        setenv(STAGE, path, 1);
        const char *before = getenv("LD_PRELOAD");
        gchar *preload = g_strconcat("libumockdev-preload.so.0", before == NULL ? "" : ":", before, NULL);
        setenv("LD_PRELOAD", preload, 1);
        execv("/proc/self/exe", argv);
        perror("afm-usbmock");
        return 2;
    }
    /* The preload library sleeps for nothing between its messages: with the usual slack that would be 50 us each time. */
    prctl(PR_SET_TIMERSLACK, 1);
    testbed = umockdev_testbed_new();
    if (!umockdev_in_mock_environment()) {
        fprintf(stderr, "afm-usbmock: libumockdev-preload.so.0 is not there; install umockdev.\n");
        return 2;
    }
    handler = umockdev_ioctl_base_new();
    g_signal_connect(handler, "client-connected", G_CALLBACK(on_connected), NULL);
    g_signal_connect(handler, "handle-ioctl", G_CALLBACK(on_ioctl), NULL);
    GError *error = NULL;
    if (!umockdev_testbed_attach_ioctl(testbed, NODE, handler, &error)) {
        fprintf(stderr, "afm-usbmock: %s\n", error->message);
        return 2;
    }
    GThread *link = g_thread_new("usbip", run_link, (gpointer)path);
    /* Where a server waits already, the command finds its device plugged in. */
    for (int k = 0; k < 1000 && access(path, F_OK) == 0; k++) {
        g_mutex_lock(&lock);
        bool there = plugged != NULL;
        g_mutex_unlock(&lock);
        if (there)
            break;
        g_usleep(10000);
    }
    pid_t pid = fork();
    if (pid == 0) {
        /* The runtime's debugger opens a FIFO and waits in it, while the preload library holds its lock of all open calls. */
        setenv("DOTNET_EnableDiagnostics", "0", 1);
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    child = pid;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    /* In this order: a reader that takes the device away while the testbed goes ends in an abort. */
    stopping = true;
    int fd = server;
    if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
    g_thread_join(link);
    umockdev_testbed_detach_ioctl(testbed, NODE, NULL);
    g_object_unref(handler);
    g_object_unref(testbed);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
