// A MongoDB-speaking server for the tests: FerretDB on SQLite, with one promise put back.
//
// MongoDB changes a single document atomically; FerretDB 1.24 reads, computes and writes without
// a lock, so parallel updates get lost. Here every client talks to FerretDB through a gate that
// lets one command in at a time, from request to reply. Commands of different clients still
// interleave, so a read-then-write race in the code under test shows as it would on MongoDB.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

const (
	headerSize     = 16         // length, request id, response to, operation: four int32
	maxMessageSize = 48_000_000 // what MongoDB announces and FerretDB accepts
	opMsg          = 2013
	flagsOffset    = headerSize
	moreToCome     = 1 << 1 // in a request: the client will not read a reply
	patience       = 30 * time.Second
	socket         = "ferretdb.sock" // relative: the path of a deep folder exceeds 107 bytes

	// The tests kill the process, never the machine: what SQLite gave to the kernel stays, so
	// waiting for the disk at each write buys nothing.
	database = "file:data/?_pragma=synchronous(off)"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "TCP address to listen on")
	dir := flag.String("dir", ".", "folder of the data, created if missing")
	untilEOF := flag.Bool("until-eof", false, "end when standard input does, as when its writer dies")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if *untilEOF {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	if err := serve(ctx, *addr, *dir); err != nil {
		log.Fatal(err)
	}
}

// serve runs until ctx ends. It waits for no client: an unanswered write may or may not be there
// afterwards, an answered one is, just as when the process is killed.
func serve(ctx context.Context, addr, dir string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	if err := startFerretDB(ctx, dir); err != nil {
		return err
	}
	fmt.Println("listening", listener.Addr())
	failed := make(chan error, 1)
	go func() { failed <- accept(listener) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// startFerretDB makes dir the working folder and answers on the socket in it when it returns.
func startFerretDB(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(socket); err != nil { // left behind by a killed server
		return err
	}
	if err := os.MkdirAll("data", 0o700); err != nil {
		return err
	}
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: database,
	})
	if err != nil {
		return err
	}
	go func() {
		if err := db.Run(ctx); err != nil {
			log.Fatal(err)
		}
	}()
	return nil
}

func accept(listener net.Listener) error {
	gate := new(sync.Mutex)
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go relay(client, gate)
	}
}

// relay serves one client until either side closes or breaks the protocol. The gate is never held
// while waiting for the client, so one that stops halfway in a message delays nobody.
func relay(client net.Conn, gate *sync.Mutex) {
	defer client.Close()
	backend, err := net.Dial("unix", socket)
	if err != nil {
		log.Print(err)
		return
	}
	defer backend.Close()
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		reply, err := exchange(backend, request, gate)
		if err != nil {
			log.Print(err)
			return
		}
		if wantsNoReply(request) {
			continue
		}
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}

// exchange passes one request through the gate and returns its reply. FerretDB replies to every
// request, also to one whose sender asked for silence; it is done only when it has replied.
func exchange(backend net.Conn, request []byte, gate *sync.Mutex) ([]byte, error) {
	gate.Lock()
	defer gate.Unlock()
	if err := backend.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := backend.Write(request); err != nil {
		return nil, err
	}
	return readMessage(backend)
}

func readMessage(from io.Reader) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(from, prefix[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(prefix[:])
	if size < headerSize || size > maxMessageSize {
		return nil, fmt.Errorf("a message cannot be %d bytes long", size)
	}
	message := make([]byte, size)
	copy(message, prefix[:])
	_, err := io.ReadFull(from, message[len(prefix):])
	return message, err
}

func wantsNoReply(request []byte) bool {
	return len(request) >= flagsOffset+4 &&
		binary.LittleEndian.Uint32(request[12:]) == opMsg &&
		binary.LittleEndian.Uint32(request[flagsOffset:])&moreToCome != 0
}
