// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Policy 0: the subject alone decides who reads
/// @notice Nothing is asked beyond the subject's live grant and signature.
library SubjectAlone {
    uint8 internal constant ID = 0;
}
