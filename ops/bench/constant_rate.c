// Requests at a constant rate, whatever the answers do.
//
//   constant-rate PORT CONNECTIONS RATE SECONDS PATH HEADER_LINES [ADDRESS]
//
// Latency counts from the moment at which a request was due, not from when a connection was free for it, so that
// one slow answer is felt by all that had to wait behind it. HEADER_LINES is a file: each request carries its next
// line. Connects from ADDRESS. The first half second is not counted. Prints one line of JSON; latencies are in
// microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LINES = 4096, EVENTS = 256, WARM_UP_MS = 500, LAST_WORD_MS = 5000 };

struct connection {
    int socket;
    uint64_t due;
    size_t received;
    size_t whole;  // of the answer; 0 until its head is there
    char answer[16384];
};

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int by_size(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static int connected(int port, const char *address) {
    int one = 1, made = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, address, &from.sin_addr) != 1) fail("address");
    if (made < 0 || bind(made, (struct sockaddr *)&from, sizeof from)) fail("bind");
    if (connect(made, (struct sockaddr *)&to, sizeof to)) fail("connect");
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return made;
}

// Whether the answer is whole; 1 if it is a success, -1 if it is not, 0 if more is to come.
static int verdict(struct connection *connection) {
    connection->answer[connection->received] = 0;
    if (!connection->whole) {
        char *end = strstr(connection->answer, "\r\n\r\n");
        if (!end) return 0;
        char *length = strcasestr(connection->answer, "\r\ncontent-length:");
        if (!length || length > end) return -1;
        connection->whole = (size_t)(end + 4 - connection->answer) + strtoul(length + 17, NULL, 10);
        if (connection->whole >= sizeof connection->answer) return -1;
    }
    if (connection->received < connection->whole) return 0;
    return strncmp(connection->answer, "HTTP/1.1 200", 12) ? -1 : 1;
}

int main(int count, char **words) {
    if (count < 7 || count > 8) {
        fprintf(stderr, "usage: constant-rate PORT CONNECTIONS RATE SECONDS PATH HEADER_LINES [ADDRESS]\n");
        return 2;
    }
    int number_of_connections = atoi(words[2]);
    double rate = atof(words[3]), seconds = atof(words[4]);
    const char *address = count > 7 ? words[7] : "127.0.0.1";
    FILE *file = fopen(words[6], "r");
    if (!file) fail(words[6]);
    static char *requests[MOST_LINES];
    static size_t sizes[MOST_LINES];
    size_t kinds = 0;
    for (char line[1024]; kinds < MOST_LINES && fgets(line, sizeof line, file); kinds++) {
        line[strcspn(line, "\r\n")] = 0;
        int size = asprintf(&requests[kinds],
                            "GET %s HTTP/1.1\r\nHost: plant.example\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
                            "%s\r\n\r\n",
                            words[5], line);
        if (size < 0) fail("no room");
        sizes[kinds] = (size_t)size;
    }
    fclose(file);
    uint64_t total = (uint64_t)(rate * seconds), warm_up = (uint64_t)(rate * WARM_UP_MS / 1000);
    struct connection *connections = calloc((size_t)number_of_connections, sizeof *connections);
    int *free_ones = calloc((size_t)number_of_connections, sizeof *free_ones), number_free = 0;
    uint32_t *latencies = calloc(total + 1, sizeof *latencies);
    int poll_set = epoll_create1(EPOLL_CLOEXEC);
    if (!connections || !free_ones || !latencies || poll_set < 0 || !kinds || total <= warm_up) fail("no room");
    for (int number = 0; number < number_of_connections; number++) {
        connections[number].socket = connected(atoi(words[1]), address);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
        if (epoll_ctl(poll_set, EPOLL_CTL_ADD, connections[number].socket, &event)) fail("epoll_ctl");
        free_ones[number_free++] = number;
    }
    double gap = 1e9 / rate;
    uint64_t start = now_ns() + 10000000, sent = 0, failed = 0, answered = 0, counted = 0;
    uint64_t last = start + (uint64_t)(seconds * 1e9) + (uint64_t)LAST_WORD_MS * 1000000;
    while (answered + failed < total && now_ns() < last) {
        uint64_t now = now_ns(), due = start + (uint64_t)((double)sent * gap);
        while (sent < total && number_free > 0 && due <= now) {
            struct connection *connection = &connections[free_ones[--number_free]];
            size_t kind = sent % kinds;
            connection->due = due;
            connection->received = connection->whole = 0;
            sent++;
            if (send(connection->socket, requests[kind], sizes[kind], MSG_NOSIGNAL) != (ssize_t)sizes[kind]) failed++;
            due = start + (uint64_t)((double)sent * gap);
        }
        // Until the next is due, or, where nothing can be sent, until an answer comes.
        struct timespec wait = {.tv_nsec = 100000000};
        if (sent < total && number_free > 0) {
            now = now_ns();
            uint64_t rest = due > now ? due - now : 0;
            wait = (struct timespec){.tv_sec = (time_t)(rest / 1000000000), .tv_nsec = (long)(rest % 1000000000)};
        }
        struct epoll_event events[EVENTS];
        int found = epoll_pwait2(poll_set, events, EVENTS, &wait, NULL);
        for (int index = 0; index < found; index++) {
            int number = (int)events[index].data.u32;
            struct connection *connection = &connections[number];
            ssize_t size = recv(connection->socket, connection->answer + connection->received,
                                sizeof connection->answer - 1 - connection->received, MSG_DONTWAIT);
            if (size < 0 && errno == EAGAIN) continue;
            int outcome = -1;
            if (size > 0) {
                connection->received += (size_t)size;
                outcome = verdict(connection);
            } else {
                // It cannot be used again; whatever was under way on it has failed.
                epoll_ctl(poll_set, EPOLL_CTL_DEL, connection->socket, NULL);
                failed++;
                continue;
            }
            if (outcome == 0) continue;
            uint64_t latency = (now_ns() - connection->due) / 1000;
            if (outcome < 0) failed++;
            else if (answered++ >= warm_up) latencies[counted++] = latency > UINT32_MAX ? UINT32_MAX : (uint32_t)latency;
            free_ones[number_free++] = number;
        }
    }
    failed += total - answered - failed;
    qsort(latencies, counted, sizeof *latencies, by_size);
#define AT(share) (counted ? latencies[(uint64_t)((double)(counted - 1) * (share))] : 0)
    printf("{\"requests\":%lu,\"failed\":%lu,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u}\n", total, failed, AT(0.5),
           AT(0.9), AT(0.99), AT(0.999));
    return 0;
}
