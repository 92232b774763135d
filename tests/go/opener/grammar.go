package main

import (
	"bytes"
	"crypto/ecdh"
	"crypto/mlkem"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf8"
)

var errGrammar = errors.New("breaks the grammar")

// reader takes a byte string apart; the first field that is cut short spoils it.
type reader struct {
	left []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.left) {
		r.bad = true
		return make([]byte, min(n, 1<<16))
	}
	got := r.left[:n]
	r.left = r.left[n:]
	return got
}

func (r *reader) u8() int     { return int(r.take(1)[0]) }
func (r *reader) u16() int    { return int(binary.BigEndian.Uint16(r.take(2))) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }
func (r *reader) v8() []byte  { return r.take(r.u8()) }
func (r *reader) v16() []byte { return r.take(r.u16()) }

// done tells whether everything was there, and nothing more.
func (r *reader) done() bool { return !r.bad && len(r.left) == 0 }

func u8(n int) []byte        { return []byte{byte(n)} }
func u16(n int) []byte       { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func u64(n uint64) []byte    { return binary.BigEndian.AppendUint64(nil, n) }
func v16(x []byte) []byte    { return append(u16(len(x)), x...) }
func cat(x ...[]byte) []byte { return bytes.Join(x, nil) }

type trustee struct {
	role, suite int
	pk          []byte
	operator    string
}

type policy struct {
	k, modes int
	trustees []trustee
	hash     []byte
}

func (p *policy) n() int { return len(p.trustees) }

const (
	modeT = 1
	modeB = 2
	modeJ = 4
)

// Sizes by wrap suite: pk, enc, and e_j; index 0 stands for none.
var (
	pkSize  = []int{0, 32, 65, 1216}
	encSize = []int{0, 32, 65, 1120}
	ephSize = []int{0, 32, 32, 64}
)

func parsePolicy(raw []byte) (*policy, error) {
	r := &reader{left: raw}
	if string(r.take(4)) != "SBP1" {
		return nil, errGrammar
	}
	p := &policy{k: r.u8(), hash: labelled("sbe/1 policy", raw)}
	n := r.u8()
	operators := map[string]int{}
	for range n {
		t := trustee{role: r.u8(), suite: r.u16(), pk: r.v16()}
		t.operator = string(r.v16())
		operators[t.operator]++
		same := slices.ContainsFunc(p.trustees, func(o trustee) bool { return bytes.Equal(o.pk, t.pk) })
		if r.bad || same || t.role < 1 || t.role > 4 || t.operator == "" || !utf8.ValidString(t.operator) || !goodKey(t.suite, t.pk) {
			return nil, errGrammar
		}
		p.trustees = append(p.trustees, t)
	}
	p.modes = r.u8()
	if !r.done() || p.k < 2 || p.k > n || n >= 2*p.k || !slices.Contains([]int{1, 2, 3, 4, 6, 11, 14}, p.modes) {
		return nil, errGrammar
	}
	for _, lines := range operators {
		if lines >= p.k {
			return nil, errGrammar
		}
	}
	return p, nil
}

// goodKey tells whether the KEM takes a public key: its length, the curve, no small order.
func goodKey(suite int, pk []byte) bool {
	if suite < 1 || suite > 3 || len(pk) != pkSize[suite] {
		return false
	}
	switch suite {
	case 1:
		return largeOrder(pk)
	case 2:
		_, err := ecdh.P256().NewPublicKey(pk)
		return err == nil
	default:
		_, err := mlkem.NewEncapsulationKey768(pk[:1184])
		return err == nil && largeOrder(pk[1184:])
	}
}

func largeOrder(pk []byte) bool {
	point, err := ecdh.X25519().NewPublicKey(pk)
	if err != nil {
		return false
	}
	some, _ := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{9}, 32))
	_, err = some.ECDH(point) // the all-zero result of a point of small order is an error
	return err == nil
}

type shareLine struct {
	j         int
	c, sealed []byte
}

type bodyLine struct {
	ctLen    uint64
	root, pc []byte
}

type envelope struct {
	raw, context, ctx []byte
	policyHash        []byte
	k                 int
	commit            []byte
	shares            []shareLine
	bodies            []bodyLine
	joint             []byte // c_B, nil without it
}

func parseEnvelope(raw []byte) (*envelope, error) {
	r := &reader{left: raw}
	if string(r.take(4)) != "SBE1" {
		return nil, errGrammar
	}
	e := &envelope{raw: raw, context: r.v16()}
	c := &reader{left: e.context}
	if string(c.take(4)) != "SBX1" || c.u16() != 1 {
		return nil, errGrammar
	}
	tender, lot, stage := c.v8(), c.v8(), c.u8()
	e.policyHash = c.take(32)
	sigalg, submit := c.u8(), c.v16()
	c.take(64)
	keys := map[int]int{1: 32, 2: 65, 4: 1952}
	if !c.done() || len(tender) == 0 || !utf8.Valid(tender) || !utf8.Valid(lot) || stage == 0 || keys[sigalg] != len(submit) || len(submit) == 0 {
		return nil, errGrammar
	}
	e.ctx = labelled("sbe/1 context", e.context)
	e.k = r.u8()
	n := r.u8()
	e.commit = r.take(32)
	for j := 1; j <= n; j++ {
		line := shareLine{j: r.u8(), c: r.take(32)}
		line.sealed = r.v16()
		if r.bad || line.j != j {
			return nil, errGrammar
		}
		e.shares = append(e.shares, line)
	}
	for range r.u16() {
		line := bodyLine{r.u64(), r.take(32), r.take(32)}
		if r.bad || line.ctLen < header+16 || line.ctLen >= 1<<52 || (line.ctLen-header)%sealedChunk < 16 {
			return nil, errGrammar
		}
		e.bodies = append(e.bodies, line)
	}
	switch r.u16() {
	case 0:
	case 1:
		kind := r.u16()
		e.joint = r.v16()
		if kind != 1 || len(e.joint) != 32 {
			return nil, errGrammar
		}
	default:
		return nil, errGrammar
	}
	if !r.done() || len(e.bodies) == 0 {
		return nil, errGrammar
	}
	return e, nil
}
