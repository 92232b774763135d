package main

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

const (
	chunk       = 16_384
	sealedChunk = chunk + 16
	header      = 24 + 32
	block       = 64 * chunk
	leafSize    = 64 * sealedChunk
)

// treeHash is RFC 9162 2.1.1 over pieces that lie back to back; the first one is longer by more.
func treeHash(raw []byte, size, more int) []byte {
	var leaves [][]byte
	for first := size + more; len(raw) > 0; first = size {
		piece := raw[:min(first, len(raw))]
		digest := sha256.Sum256(cat([]byte{0}, piece))
		leaves = append(leaves, digest[:])
		raw = raw[len(piece):]
	}
	return merkle(leaves)
}

func merkle(leaves [][]byte) []byte {
	switch len(leaves) {
	case 0:
		empty := sha256.Sum256(nil)
		return empty[:]
	case 1:
		return leaves[0]
	}
	split := 1
	for split*2 < len(leaves) {
		split *= 2
	}
	node := sha256.Sum256(cat([]byte{1}, merkle(leaves[:split]), merkle(leaves[split:])))
	return node[:]
}

func rootOf(stored []byte) []byte { return treeHash(stored, leafSize, header) }

// body is what S gives for body i of an envelope.
type body struct {
	key, salt, blind []byte
	aead             cipher.AEAD
	nonce, head      []byte
	ctx              []byte
	i                int
}

func bodyOf(seed, ctx []byte, i int) *body {
	b := &body{key: expand(seed, ctx, "body", u16(i), 32), salt: expand(seed, ctx, "salt", u16(i), 24), ctx: ctx, i: i}
	b.blind = expand(seed, ctx, "pblind", u16(i), 32)
	context := cat([]byte("sbe/1 body\x00"), ctx, u16(i))
	info := cat([]byte("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"), b.salt, context)
	material, err := hkdf.Expand(sha512.New, b.key, string(info), 76)
	must(err)
	b.aead, b.nonce, b.head = gcm(material[:32]), material[32:44], cat(b.salt, material[44:])
	return b
}

func (b *body) nonceOf(number uint64) []byte {
	nonce := bytes.Clone(b.nonce)
	binary.BigEndian.PutUint64(nonce[4:], binary.BigEndian.Uint64(nonce[4:])^number)
	return nonce
}

// seal encrypts a plaintext; its last chunk is always shorter than the others, perhaps empty.
func (b *body) seal(plain []byte) []byte {
	out := bytes.Clone(b.head)
	for number := uint64(0); ; number++ {
		piece := plain[:min(chunk, len(plain))]
		plain = plain[len(piece):]
		out = b.aead.Seal(out, b.nonceOf(number), piece, nil)
		if len(piece) < chunk {
			return out
		}
	}
}

// open decrypts a ciphertext of a length that a body can have, or says that it is not one.
func (b *body) open(stored []byte) ([]byte, bool) {
	if !bytes.HasPrefix(stored, b.head) {
		return nil, false
	}
	var plain []byte
	rest := stored[header:]
	for number := uint64(0); ; number++ {
		piece := rest[:min(sealedChunk, len(rest))]
		rest = rest[len(piece):]
		before := len(plain)
		var err error
		if plain, err = b.aead.Open(plain, b.nonceOf(number), piece, nil); err != nil {
			return nil, false
		}
		if len(plain)-before < chunk {
			return plain, len(rest) == 0
		}
	}
}

func (b *body) commitment(plain []byte) []byte {
	return labelled("sbe/1 plain", b.ctx, u16(b.i), b.blind, treeHash(plain, block, 0))
}
