// Command verify is a second reader of the log's cryptography, sharing no line with the Python one.
//
//	verify [-vkey VKEY]... DIR        a served log or the directory of a pack of scope log
//	verify [-vkey VKEY]... FILE       a receipt (c2sp.org/tlog-proof@v1)
//
// It prints one line a divergence, "CODE where: text", and exits 0 (none), 1 (some) or 2 (could not run).
// Signed notes and tree hashes are those of golang.org/x/mod/sumdb; ML-DSA-44 is the standard library's.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/mldsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	entryHead  = "sunlit/trace/v1\n"
	entrySize  = 61
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

var found int

func report(code, where, text string) {
	found++
	fmt.Printf("%s %s: %s\n", code, where, text)
}

// mldsaVerifier checks a cosignature of type 0x06 over a checkpoint (tlog-cosignature, subtree/v1).
type mldsaVerifier struct {
	name string
	hash uint32
	key  *mldsa.PublicKey
}

func (v *mldsaVerifier) Name() string    { return v.name }
func (v *mldsaVerifier) KeyHash() uint32 { return v.hash }
func (v *mldsaVerifier) Verify(msg, sig []byte) bool {
	c, err := parseCheckpoint(string(msg))
	if err != nil || len(sig) < 8 {
		return false
	}
	var m bytes.Buffer
	m.WriteString("subtree/v1\n\x00")
	m.WriteByte(byte(len(v.name)))
	m.WriteString(v.name)
	m.Write(sig[:8])
	m.WriteByte(byte(len(c.origin)))
	m.WriteString(c.origin)
	binary.Write(&m, binary.BigEndian, uint64(0))
	binary.Write(&m, binary.BigEndian, uint64(c.tree.N))
	m.Write(c.tree.Hash[:])
	return mldsa.Verify(v.key, m.Bytes(), sig[8:], nil) == nil
}

func verifier(vkey string) (note.Verifier, error) {
	name, rest, ok := strings.Cut(vkey, "+")
	id, key64, ok2 := strings.Cut(rest, "+")
	if !ok || !ok2 {
		return nil, errors.New("not a verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(key64)
	if err != nil || len(key) == 0 {
		return nil, errors.New("not a verifier key")
	}
	if key[0] != 6 {
		return note.NewVerifier(vkey)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	if hex.EncodeToString(sum[:4]) != id {
		return nil, errors.New("key id does not belong to the key")
	}
	public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), key[1:])
	if err != nil {
		return nil, err
	}
	return &mldsaVerifier{name, binary.BigEndian.Uint32(sum[:4]), public}, nil
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

func parseCheckpoint(text string) (c checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return c, errors.New("not three lines")
	}
	n, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != lines[1] {
		return c, errors.New("size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		return c, errors.New("root")
	}
	c.origin, c.tree.N = lines[0], n
	copy(c.tree.Hash[:], root)
	return c, nil
}

// open checks a signed checkpoint: every given key must have signed, and no line of a known key may fail.
func open(msg []byte, where string, keys []note.Verifier) (checkpoint, bool) {
	n, err := note.Open(msg, note.VerifierList(keys...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		report("SIG_MISSING", where, "no line of a known key")
		n = unverified.Note
	} else if err != nil {
		var invalid *note.InvalidSignatureError
		if errors.As(err, &invalid) {
			report("SIG_BAD", where, err.Error())
		} else {
			report("NOTE_BAD", where, err.Error())
		}
		return checkpoint{}, false
	} else {
		for _, k := range keys {
			signed := false
			for _, s := range n.Sigs {
				signed = signed || (s.Name == k.Name() && s.Hash == k.KeyHash())
			}
			if !signed {
				report("SIG_ABSENT", where, "no line by "+k.Name())
			}
		}
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		report("NOTE_BAD", where, err.Error())
		return c, false
	}
	return c, true
}

func group(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	return s
}

func tilePath(level string, n int64, width int64) string {
	p := "tile/" + level + "/" + group(n)
	if width < tileWidth {
		p += fmt.Sprintf(".p/%d", width)
	}
	return p
}

func readTile(dir, level string, n, width int64) []byte {
	for _, w := range []int64{width, tileWidth} {
		b, err := os.ReadFile(filepath.Join(dir, tilePath(level, n, w)))
		if err == nil {
			return b
		}
	}
	report("TILE_MISSING", tilePath(level, n, width), "not there")
	return nil
}

func bundle(data []byte, width int64, where string) ([][]byte, bool) {
	var out [][]byte
	for int64(len(out)) < width {
		if len(data) < 2 {
			report("BUNDLE_BAD", where, "too few entries")
			return out, false
		}
		size := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+size {
			report("BUNDLE_BAD", where, "an entry is cut off")
			return out, false
		}
		out = append(out, data[2:2+size])
		data = data[2+size:]
	}
	return out, true
}

// verifyLog recomputes every hash of the tree from the entries and compares every tile and the root.
func verifyLog(dir string, keys []note.Verifier) {
	msg, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		report("NOTE_BAD", "checkpoint", "not there")
		return
	}
	c, ok := open(msg, "checkpoint", keys)
	if !ok {
		return
	}
	var level []tlog.Hash
	for n := int64(0); n*tileWidth < c.tree.N; n++ {
		width := min(tileWidth, c.tree.N-n*tileWidth)
		where := tilePath("entries", n, width)
		data := readTile(dir, "entries", n, width)
		if data == nil {
			return
		}
		entries, ok := bundle(data, width, where)
		if !ok {
			return
		}
		for i, e := range entries {
			if len(e) != entrySize || !bytes.HasPrefix(e, []byte(entryHead)) || e[entrySize-1] != '\n' {
				report("ENTRY_BAD", fmt.Sprintf("%d", n*tileWidth+int64(i)), "not the 61-byte form")
			}
			level = append(level, tlog.RecordHash(e))
		}
	}
	root := treeHash(level)
	if root != c.tree.Hash {
		report("ROOT_MISMATCH", "checkpoint", "the entries give another root")
	}
	for l := 0; len(level) > 0; l++ {
		for n := int64(0); n*tileWidth < int64(len(level)); n++ {
			width := min(tileWidth, int64(len(level))-n*tileWidth)
			data := readTile(dir, strconv.Itoa(l), n, width)
			if data == nil {
				continue
			}
			for i := int64(0); i < width; i++ {
				h := level[n*tileWidth+i]
				if int64(len(data)) < (i+1)*32 || !bytes.Equal(data[i*32:(i+1)*32], h[:]) {
					report("TILE_MISMATCH", tilePath(strconv.Itoa(l), n, width), fmt.Sprintf("hash %d", i))
					break
				}
			}
		}
		var up []tlog.Hash
		for n := 0; (n+1)*tileWidth <= len(level); n++ {
			up = append(up, treeHash(level[n*tileWidth:(n+1)*tileWidth]))
		}
		level = up
	}
}

func treeHash(leaves []tlog.Hash) tlog.Hash {
	switch len(leaves) {
	case 0:
		return tlog.Hash(sha256.Sum256(nil))
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(treeHash(leaves[:k]), treeHash(leaves[k:]))
}

// verifyReceipt checks that the opening in a proof file stands at its index under the checkpoint.
func verifyReceipt(data []byte, keys []note.Verifier) {
	head, msg, ok := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		report("PROOF_BAD", "file", "not a proof file")
		return
	}
	extra, okExtra := strings.CutPrefix(lines[1], "extra ")
	index, okIndex := strings.CutPrefix(lines[2], "index ")
	opening, err := base64.StdEncoding.Strict().DecodeString(extra)
	n, err2 := strconv.ParseInt(index, 10, 64)
	if !okExtra || !okIndex || err != nil || err2 != nil || n < 0 || len(lines) > 3+63 {
		report("PROOF_BAD", "file", "extra or index")
		return
	}
	var proof tlog.RecordProof
	for _, l := range lines[3:] {
		h, err := tlog.ParseHash(l)
		if err != nil {
			report("PROOF_BAD", "file", "path")
			return
		}
		proof = append(proof, h)
	}
	c, ok := open(msg, "checkpoint", keys)
	if !ok {
		return
	}
	salt64, body, okBody := bytes.Cut(opening, []byte("\n"))
	salt, err := base64.StdEncoding.Strict().DecodeString(string(salt64))
	if !okBody || err != nil || len(salt) != 32 || len(body) == 0 {
		report("BODY_BAD", "extra", "not an opening")
		return
	}
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte("sunlit/event/v1\x00"))
	mac.Write(body)
	entry := entryHead + base64.StdEncoding.EncodeToString(mac.Sum(nil)) + "\n"
	if n >= c.tree.N || tlog.CheckRecord(proof, c.tree.N, c.tree.Hash, n, tlog.RecordHash([]byte(entry))) != nil {
		report("INCLUSION_BAD", "path", "does not lead to the root")
	}
}

func main() {
	var keys []note.Verifier
	args := os.Args[1:]
	for len(args) >= 2 && args[0] == "-vkey" {
		v, err := verifier(args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, "VKEY_BAD:", err)
			os.Exit(2)
		}
		keys, args = append(keys, v), args[2:]
	}
	if len(args) != 1 || len(keys) == 0 {
		fmt.Fprintln(os.Stderr, "usage: verify -vkey VKEY... DIR|FILE")
		os.Exit(2)
	}
	info, err := os.Stat(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if info.IsDir() {
		verifyLog(args[0], keys)
	} else if data, err := os.ReadFile(args[0]); err == nil {
		verifyReceipt(data, keys)
	} else {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if found > 0 {
		os.Exit(1)
	}
	fmt.Println("clean")
}
